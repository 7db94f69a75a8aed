from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields.captured import YesNo
from core.models import SiteScopedManager
from enrollment.models.patient import Patient


class CriterionAnswer(models.Model):
    """Is one criterion of the definition true of the patient? An exclusion should be `no`."""

    SITE_PATH = "patient__site"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="criterion_answers")
    criterion = models.CharField(_("criterion"), max_length=3)
    answer = models.CharField(_("answer"), max_length=1, choices=YesNo.choices)

    objects = SiteScopedManager()

    class Meta:
        ordering = ["patient", "criterion"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "criterion"], name="criterion_answered_once")
        ]
        verbose_name = _("criterion answer")
        verbose_name_plural = _("criterion answers")

    def __str__(self) -> str:
        return f"{self.criterion} {self.answer}"


class Consent(models.Model):
    """The patient signed one version of the consent form."""

    SITE_PATH = "patient__site"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="consents")
    version = models.CharField(_("version of the consent form"), max_length=20)
    signed_on = models.DateField(_("signed"))
    recorded_at = models.DateTimeField(_("recorded"), auto_now_add=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = SiteScopedManager()

    class Meta:
        ordering = ["patient", "signed_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "version"],
                name="consent_version_once",
                violation_error_message=_("This version is recorded for this patient already."),
            )
        ]
        verbose_name = _("consent")
        verbose_name_plural = _("consents")

    def __str__(self) -> str:
        return f"{self.version} {self.signed_on}"
