"""What may not be changed: a form, a patient, a site or a whole trial, frozen or locked."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Site, Trial

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User


class LockQuerySet(models.QuerySet["Lock"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Those of the person's sites, and those of whole trials that the person is in."""
        whole_trial = Q(site__isnull=True, trial__in=Trial.objects.visible_to(user))
        return self.filter(whole_trial | Q(site__in=Site.objects.visible_to(user)))

    def open(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class Lock(models.Model):
    """From `at` until it is lifted, nothing that it covers can be written.

    `key` says what is covered in the words that the database's triggers look for; it is made by
    `lock_key`. Under a freeze, records can still be verified, signed and locked.
    """

    APPEND_ONLY = True
    FILLED_ONCE = ("lifted_at", "lifted_by", "lift_reason")

    class Kind(models.TextChoices):
        FREEZE = "freeze", _("frozen")
        LOCK = "lock", _("locked")

    class Scope(models.TextChoices):
        FORM = "form", _("form")
        PATIENT = "patient", _("patient")
        SITE = "site", _("site")
        TRIAL = "trial", _("trial")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    scope = models.CharField(_("what"), max_length=7, choices=Scope.choices)
    key = models.CharField(_("key"), max_length=70)
    trial = models.ForeignKey(Trial, models.PROTECT, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+", null=True)
    patient_id = models.BigIntegerField(_("patient"), null=True)
    visit_id = models.BigIntegerField(_("visit"), null=True)
    form = models.SlugField(_("form"), max_length=40, blank=True, default="")
    record_id = models.BigIntegerField(_("record"), null=True)
    at = models.DateTimeField(_("since"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    lift_reason = models.TextField(_("reason for lifting"), blank=True, default="")

    objects = LockQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "kind"],
                condition=Q(lifted_at__isnull=True),
                name="lock_open_once",
                violation_error_message=_("This is locked or frozen already."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="lock_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="lock_lifted_by_somebody_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(scope="trial", site__isnull=True, patient_id__isnull=True, form="")
                | Q(scope="site", site__isnull=False, patient_id__isnull=True, form="")
                | Q(scope="patient", site__isnull=False, patient_id__isnull=False, form="")
                | (
                    Q(scope="form", site__isnull=False, patient_id__isnull=False)
                    & Q(record_id__isnull=False)
                    & ~Q(form="")
                ),
                name="lock_names_its_scope",
            ),
        ]
        indexes = [
            models.Index(
                fields=["visit_id"], name="lock_open_at_visit", condition=Q(lifted_at__isnull=True)
            ),
            models.Index(fields=["trial", "lifted_at"], name="lock_by_trial"),
        ]
        verbose_name = _("lock")
        verbose_name_plural = _("locks")

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


def lock_key(scope: str, *ids: object) -> str:
    """`trial:1`, `site:2`, `patient:3` or `form:vital-signs:4`."""
    return ":".join([scope, *map(str, ids)])
