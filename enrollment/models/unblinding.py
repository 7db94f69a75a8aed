"""The unblinding register: who came to know an arm, when and why. It holds no arm."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Membership, Site, Trial
from enrollment.models.patient import Patient

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from core.models import User


class UnblindingQuerySet(models.QuerySet["Unblinding"]):
    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Entries of the person's sites; those of a whole trial for members at all its sites."""
        held = Membership.objects.current_for(user).filter(site__isnull=True)
        return self.filter(
            Q(site__in=Site.objects.visible_to(user))
            | Q(site__isnull=True, trial__in=held.values("trial_id"))
        )


class Unblinding(models.Model):
    """One entry of the register. Rows are added, never changed; corrections are entries too."""

    APPEND_ONLY = True

    class Kind(models.TextChoices):
        EMERGENCY = "emergency", _("emergency unblinding")
        ACCIDENTAL = "accidental", _("accidental unblinding")
        PLANNED = "planned", _("planned unblinding of the trial")
        ROUTINE = "routine", _("arm read by an unblinded role")
        LIST = "list", _("randomization list read")

    class Reason(models.TextChoices):
        SAFETY = "safety", _("treatment of an adverse event depends on the arm")
        OVERDOSE = "overdose", _("overdose or accidental intake")
        PREGNANCY = "pregnancy", _("pregnancy")
        AUTHORITY = "authority", _("asked for by an authority or ethics committee")
        OTHER = "other", _("other")

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="unblindings")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+", null=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    patients = models.ManyToManyField(Patient, related_name="+", verbose_name=_("patients"))
    at = models.DateTimeField(_("entered"), auto_now_add=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by")
    )
    happened_on = models.DateField(_("happened on"), null=True)
    reason_code = models.CharField(
        _("reason"), max_length=12, choices=Reason.choices, blank=True, default=""
    )
    reason = models.TextField(_("explanation"), blank=True, default="")
    informed = models.TextField(_("who was informed"), blank=True, default="")
    impact = models.TextField(_("impact on the trial"), blank=True, default="")

    objects = UnblindingQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial"],
                condition=Q(kind="planned"),
                name="unblinded_as_planned_once",
                violation_error_message=_("This trial is unblinded already."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["routine", "list"]) | ~Q(reason=""),
                name="unblinding_has_reason",
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="emergency")
                | (~Q(reason_code="") & ~Q(informed="") & ~Q(impact="") & Q(site__isnull=False)),
                name="emergency_unblinding_is_accounted_for",
            ),
        ]
        verbose_name = _("entry of the unblinding register")
        verbose_name_plural = _("unblinding register")

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
