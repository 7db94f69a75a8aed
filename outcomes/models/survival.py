"""Whether the patient lives, as known at a visit, and the death."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, PartialDateField, TextField
from enrollment.models import PatientForm, VisitForm
from enrollment.models.record import Problems
from outcomes.models.consistency import before_birth, last_day


class SurvivalStatus(VisitForm):
    class Status(models.TextChoices):
        ALIVE = "alive", _("alive")
        DEAD = "dead", _("dead")
        UNKNOWN = "unknown", _("unknown")

    status = ChoiceField(_("status"), choices=Status.choices, may_be_missing=False)
    status_on = DateField(
        _("date of status"),
        help_text=_("Alive: the last contact. Dead: the day on which you learned of it."),
        shown_when=("status", ("alive", "dead")),
    )

    class Meta(VisitForm.Meta):
        verbose_name = _("survival status")
        verbose_name_plural = _("survival status")

    def problems(self) -> Problems:
        return before_birth(self, "status_on")


class Death(PatientForm):
    class Cause(models.TextChoices):
        PROGRESSION = "progression", _("progressive disease")
        ADVERSE_EVENT = "adverse-event", _("adverse event")
        OTHER = "other", _("other")
        UNKNOWN = "unknown", _("unknown")

    died_on = PartialDateField(_("date of death"), may_be_missing=False)
    cause = ChoiceField(_("cause of death"), choices=Cause.choices, may_be_missing=False)
    cause_text = TextField(
        _("explanation"), max_length=500, shown_when=("cause", ("adverse-event", "other"))
    )

    class Meta(PatientForm.Meta):
        verbose_name = _("death")
        verbose_name_plural = _("deaths")

    def problems(self) -> Problems:
        enrolled_on, died_by = self.patient.enrolled_on, last_day(self.died_on)
        if enrolled_on and died_by and died_by < enrolled_on:
            return {"died_on": _("Enter a date of death on or after the enrollment.")}
        return before_birth(self, "died_on")
