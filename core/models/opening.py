"""When a site was opened for entry, on whose approval, and when it was closed again."""

from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from core.models.scope import SiteScopedQuerySet
from core.models.trial import Site
from core.models.user import User


class SiteOpeningQuerySet(SiteScopedQuerySet["SiteOpening"]):
    def current(self) -> Self:
        """The newest record of each site."""
        newest = SiteOpening.objects.filter(site=OuterRef("site")).order_by("-pk").values("pk")
        return self.filter(pk=Subquery(newest[:1]))

    def open_now(self) -> Self:
        """The newest record of each site that is open."""
        return self.current().filter(kind=SiteOpening.Kind.OPEN)


class SiteOpening(models.Model):
    """A site was opened for entry, or closed. The newest record is the state; none is changed.

    Sites without a record are closed. Only what a migration wrote, for sites older than this
    table, has no day of approval and nobody who recorded it.
    Source: ICH E6(R3) 4.3.5.
    """

    APPEND_ONLY = True
    SITE_PATH = "site"

    class Kind(models.TextChoices):
        OPEN = "open", _("opened")
        CLOSE = "close", _("closed")

    site = models.ForeignKey(Site, models.PROTECT, related_name="openings")
    kind = models.CharField(_("state"), max_length=5, choices=Kind.choices)
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    approval = models.CharField(_("approved by"), max_length=200, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded"))

    objects = SiteOpeningQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="open", reason="") & ~Q(approval="")
                    | Q(kind="close", approval="", approved_on__isnull=True) & ~Q(reason="")
                ),
                name="opening_has_approval_closing_reason",
                violation_error_message=_("An opening has an approval, a closing has a reason."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="close") | Q(approved_on__isnull=False) | Q(recorded_by__isnull=True)
                ),
                name="opening_has_day_of_approval",
                violation_error_message=_("Enter the day of the approval."),
            ),
        ]
        verbose_name = _("opening of a site")
        verbose_name_plural = _("openings of sites")

    def __str__(self) -> str:
        return f"{self.site_id} {self.kind}"
