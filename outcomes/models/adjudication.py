"""Which of two readings an adjudicator accepted. A log: the newest row of a patient holds."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import SiteScopedManager, User
from enrollment.models import Patient


class Adjudication(models.Model):
    """One reading accepted for the whole patient, with both readings' hash at that moment.

    When one of them changes, the hash is another one and the decision no longer holds.
    """

    APPEND_ONLY = True
    IS_INDEPENDENT = True
    SITE_PATH = "patient__site"

    class Accepted(models.TextChoices):
        INVESTIGATOR = "investigator", _("the investigator's reading")
        CENTRAL = "central", _("the central reading")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="adjudications")
    accepted = models.CharField(_("accepted"), max_length=12, choices=Accepted.choices)
    reason = models.CharField(_("reason"), max_length=500)
    fingerprint = models.CharField(_("SHA-256 of both readings"), max_length=64)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided"))

    objects = SiteScopedManager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="adjudication_has_reason",
                violation_error_message=_("Say why."),
            ),
            models.CheckConstraint(
                condition=models.Q(accepted__in=["investigator", "central"]),
                name="adjudication_accepts_a_reading",
            ),
        ]
        verbose_name = _("adjudication")
        verbose_name_plural = _("adjudications")

    def __str__(self) -> str:
        return f"{self.patient_id} {self.accepted}"
