from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.fields import PartialDateField
from core.models import Site, SiteScopedQuerySet, Trial
from enrollment.models.version import TrialVersion


class Sex(models.TextChoices):
    FEMALE = "F", _("female")
    MALE = "M", _("male")


class PatientQuerySet(SiteScopedQuerySet["Patient"]):
    def enrolled(self) -> Self:
        return self.filter(enrolled_on__isnull=False)

    def screen_failed(self) -> Self:
        return self.filter(is_eligible=False)


class Patient(models.Model):
    """A person who was screened. The number is issued at enrollment; no name is ever stored."""

    SITE_PATH = "site"

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="patients")
    site = models.ForeignKey(Site, models.PROTECT, related_name="patients")
    version = models.ForeignKey(TrialVersion, models.PROTECT, related_name="patients")
    screening_number = models.CharField(_("screening number"), max_length=12)
    number = models.CharField(_("patient number"), max_length=12, null=True)  # noqa: DJ001
    sex = models.CharField(_("sex"), max_length=1, choices=Sex.choices)
    born_on = PartialDateField(_("date of birth"), required=True, may_be_missing=False)
    screened_on = models.DateField(_("screened"))
    is_eligible = models.BooleanField(_("eligible"))
    ineligible_because = models.TextField(_("reason not eligible"), blank=True, default="")
    regimen = models.SlugField(_("background regimen"), blank=True, default="")
    enrolled_on = models.DateField(_("enrolled"), null=True)
    # Names one press of the button, so that a doubled request makes one patient.
    submission = models.UUIDField(null=True, unique=True, editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["trial", "screening_number"]
        constraints = [
            models.UniqueConstraint(
                fields=["trial", "screening_number"], name="screening_number_once"
            ),
            models.UniqueConstraint(fields=["trial", "number"], name="patient_number_once"),
            models.CheckConstraint(
                condition=Q(number__isnull=True, enrolled_on__isnull=True)
                | Q(number__isnull=False, enrolled_on__isnull=False),
                name="number_and_enrollment_pair",
            ),
            models.CheckConstraint(
                condition=Q(enrolled_on__isnull=True) | Q(is_eligible=True),
                name="only_eligible_are_enrolled",
                violation_error_message=_("Only a patient who meets all criteria can enroll."),
            ),
            models.CheckConstraint(
                condition=Q(is_eligible=True) | ~Q(ineligible_because=""),
                name="ineligible_has_reason",
            ),
        ]
        verbose_name = _("patient")
        verbose_name_plural = _("patients")

    def __str__(self) -> str:
        return self.number or self.screening_number
