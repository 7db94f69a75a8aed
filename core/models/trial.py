"""Trials and sites: identity only. What a trial asks for is in its definition."""

from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.remembered import remembered_memberships

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models.membership import MembershipQuerySet
    from core.models.user import User


class TrialQuerySet(models.QuerySet["Trial"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Trials in which the person holds a current membership."""
        held = remembered_memberships(user)
        if held is not None:
            return self.filter(pk__in={each.trial_id for each in held})
        return self.filter(pk__in=_memberships_of(user).values("trial_id"))


class Trial(models.Model):
    slug = models.SlugField(_("short name"), unique=True)
    title_en = models.CharField(_("title (English)"), max_length=300)
    title_zh = models.CharField(_("title (Chinese)"), max_length=300)
    short_title_en = models.CharField(_("short title (English)"), max_length=80)
    short_title_zh = models.CharField(_("short title (Chinese)"), max_length=80)
    is_blinded = models.BooleanField(_("blinded"), default=False)
    requires_training = models.BooleanField(
        _("training required"),
        default=False,
        help_text=_("A role counts only while a training for it is recorded."),
    )

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name = _("trial")
        verbose_name_plural = _("trials")

    def __str__(self) -> str:
        return self.slug

    @property
    def title(self) -> str:
        return self.title_zh if _reads_chinese() else self.title_en

    @property
    def short_title(self) -> str:
        return self.short_title_zh if _reads_chinese() else self.short_title_en


class SiteQuerySet(models.QuerySet["Site"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Sites of the person's current memberships; one without a site covers all of its trial."""
        known = remembered_memberships(user)
        if known is not None:
            sites = {each.site_id for each in known if each.site_id is not None}
            trials = {each.trial_id for each in known if each.site_id is None}
            return self.filter(Q(pk__in=sites) | Q(trial_id__in=trials))
        held = _memberships_of(user)
        return self.filter(
            Q(pk__in=held.filter(site__isnull=False).values("site_id"))
            | Q(trial_id__in=held.filter(site__isnull=True).values("trial_id"))
        )


class Site(models.Model):
    """A hospital department taking part in one trial."""

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="sites")
    code = models.CharField(_("code"), max_length=4)
    name_en = models.CharField(_("name (English)"), max_length=200)
    name_zh = models.CharField(_("name (Chinese)"), max_length=200)
    time_zone = models.CharField(_("time zone"), max_length=64)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "code"]
        constraints = [
            models.UniqueConstraint(fields=["trial", "code"], name="site_code_once_per_trial")
        ]
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return f"{self.trial.slug} {self.code}"

    @property
    def name(self) -> str:
        return self.name_zh if _reads_chinese() else self.name_en


def _memberships_of(user: "User | AnonymousUser") -> "MembershipQuerySet":
    # Membership points at trials and sites, so this module cannot import it.
    return apps.get_model("core", "Membership").objects.current_for(user)


def _reads_chinese() -> bool:
    return (get_language() or "en").startswith("zh")
