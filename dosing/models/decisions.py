"""Dose decisions: what was held, reduced, delayed or stopped, from which course on, and why."""

from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, NumberField, TextField
from dosing.models.background import drugs_of
from dosing.models.capsules import product_of
from enrollment.models import LogForm, Patient
from enrollment.models.record import Problems

CAPSULES = "capsules"
"""Stands for the investigational product, whatever its id; drugs go by their id."""


def treatment_names(patient: Patient) -> dict[str, str]:
    """The capsules under the name that may be shown, and the drugs of the patient's regimen."""
    language = get_language() or "en"
    drugs = {drug.id: drug.name.in_language(language) for drug in drugs_of(patient)}
    return {CAPSULES: product_of(patient).shown_name.in_language(language)} | drugs


class DoseDecision(LogForm):
    """One decision about the capsules or one background drug, for one course.

    A hold or a delay moves the later courses only when the next day 1 takes place: the schedule
    counts from days that happened.
    """

    class Action(models.TextChoices):
        HOLD = "hold", _("hold")
        REDUCE = "reduce", _("reduce")
        DELAY = "delay", _("delay")
        STOP = "stop", _("stop for good")
        RESUME = "resume", _("resume")

    class Reason(models.TextChoices):
        ADVERSE_EVENT = "adverse-event", _("adverse event")
        LABORATORY = "laboratory", _("laboratory value")
        PROGRESSION = "progression", _("progressive disease")
        PATIENT = "patient", _("the patient's wish")
        INTERCURRENT = "intercurrent", _("other illness or procedure")
        LOGISTICS = "logistics", _("supply or visit not possible")
        OTHER = "other", _("other")

    decided_on = DateField(_("decided on"), may_be_missing=False)
    treatment = ChoiceField(_("treatment"), may_be_missing=False)
    course = IntegerField(
        _("course"),
        hard=(1, 100),
        may_be_missing=False,
        help_text=_("The first course or cycle that it applies to."),
    )
    action = ChoiceField(_("decision"), choices=Action.choices, may_be_missing=False)
    delay_days = IntegerField(
        _("delay"), unit=_("days"), hard=(1, 365), soft=(1, 28), shown_when=("action", ("delay",))
    )
    dose_mg = NumberField(
        _("new daily dose"),
        unit="mg",
        places=2,
        hard=(0, 10_000),
        shown_when=("action", ("reduce",)),
        required=False,
        help_text=_("For a drug with a dose in milligrams."),
    )
    reason = ChoiceField(_("reason"), choices=Reason.choices, may_be_missing=False)
    reason_text = TextField(_("explanation"), max_length=500, may_be_missing=False)
    event_number = IntegerField(
        _("adverse event"),
        hard=(1, 9999),
        shown_when=("reason", ("adverse-event",)),
        required=False,
        help_text=_("Its row in the adverse event log."),
    )

    class Meta(LogForm.Meta):
        verbose_name = _("dose decision")
        verbose_name_plural = _("dose decisions")

    def reads_as(self, name: str) -> Any:
        if name == "treatment":
            return treatment_names(self.patient).get(self.treatment, self.treatment)
        return super().reads_as(name)

    def problems(self) -> Problems:
        found: Problems = {}
        if self.treatment == CAPSULES and self.action == self.Action.REDUCE:
            found["action"] = _("The number of capsules is not reduced: hold, delay or stop them.")
        enrolled_on = self.patient.enrolled_on
        if self.decided_on and enrolled_on and self.decided_on < enrolled_on:
            found["decided_on"] = _("Enter a date that is not before the enrollment.")
        if self.treatment and self.treatment not in treatment_names(self.patient):
            found["treatment"] = _("Choose the capsules or a drug of this patient.")
        return found
