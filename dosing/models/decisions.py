"""Dose decisions: what was held, reduced, delayed or stopped, from which course on, and why."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from core.fields import ChoiceField, DateField, IntegerField, NumberField, TextField
from dosing.models.background import drugs_of
from dosing.models.capsules import product_of
from enrollment.calc.course_changes import CourseChange
from enrollment.calc.definition import CAPSULES
from enrollment.models import LogForm, Patient
from enrollment.models.record import Problems
from oversight.models import RecordState


def treatment_names(patient: Patient) -> dict[str, str]:
    """The capsules under the name that may be shown, and the drugs of the patient's regimen."""
    language = get_language() or "en"
    drugs = {drug.id: drug.name.in_language(language) for drug in drugs_of(patient)}
    return {CAPSULES: product_of(patient).shown_name.in_language(language)} | drugs


class DoseDecision(LogForm):
    """One decision about the capsules or one background drug, for one course.

    One about the treatment that a track of the schedule is moved by delays, holds, skips or
    resumes its courses there (enrollment/calc/course_changes.py).
    """

    class Action(models.TextChoices):
        HOLD = "hold", _("hold")
        REDUCE = "reduce", _("reduce")
        DELAY = "delay", _("delay")
        SKIP = "skip", _("skip this course")
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
    resumes_on = DateField(
        _("day 1 planned on"),
        shown_when=("action", ("resume",)),
        required=False,
        may_be_missing=False,
        help_text=_("Day 1 of this course; empty where it stays on its planned day."),
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

    def as_change(self) -> CourseChange:
        """Of a complete decision, which has a day and a course."""
        assert self.decided_on is not None  # noqa: S101
        assert self.course is not None  # noqa: S101
        # Kept with the visits: the same words whoever saves next, in whatever language.
        with override("en"):
            reason = f"{self.get_reason_display()}: {self.reason_text}"
        return CourseChange(
            decided_on=self.decided_on,
            row_number=self.row_number,
            course=self.course,
            action=self.action,
            treatment=self.treatment,
            delay_days=self.delay_days or 0,
            resumes_on=self.resumes_on,
            reason=reason,
        )

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
        if self.resumes_on and self.decided_on and self.resumes_on < self.decided_on:
            found["resumes_on"] = _("Enter a day that is not before the decision.")
        return found


def decided_changes(patients: Sequence[int]) -> Mapping[int, list[CourseChange]]:
    """What was decided for each of these patients, by id; drafts decide nothing. One query."""
    found: dict[int, list[CourseChange]] = defaultdict(list)
    decisions = DoseDecision.objects.filter(patient__in=patients, decided_on__isnull=False)
    for each in decisions.exclude(state=RecordState.DRAFT).exclude(course__isnull=True):
        found[each.patient_id].append(each.as_change())
    return found
