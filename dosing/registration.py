"""The forms of this app."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.models import User
from dosing.forms import CourseForm
from dosing.forms.background import DoseMixin
from dosing.forms.decisions import DecisionMixin
from dosing.models import (
    BackgroundDose,
    BackgroundTreatment,
    CapsuleCourse,
    DailyDose,
    DoseDecision,
)
from dosing.models.background import drugs_at, drugs_of
from dosing.models.capsules import GATE_FIELDS, product_of
from dosing.models.decisions import decided_changes
from dosing.queries import planned_dose_mg
from dosing.queries.courses import capsules_panel
from dosing.queries.decisions import decision_marks
from enrollment.actions import reschedule
from enrollment.panels import Panel, register_marks, register_panel
from enrollment.queries.course_changes import register_course_changes
from enrollment.registry import FormSpec, Rows, Section, register


def days_of_course(course: CapsuleCourse) -> Iterator[DailyDose]:
    """One row for each day on which the product is due."""
    product = product_of(course.patient)
    return (DailyDose(day=day) for day in range(product.first_day, product.last_day + 1))


def gate_fields_left_out(course: CapsuleCourse) -> tuple[str, ...]:
    return () if product_of(course.patient).day_one_gate else GATE_FIELDS


def drugs_of_regimen(treatment: BackgroundTreatment) -> Iterator[BackgroundDose]:
    """One row for each drug of the visit's courses, with the dose that body weight asks for."""
    for drug in drugs_at(treatment.visit):
        dose_mg = planned_dose_mg(treatment.patient, drug)
        yield BackgroundDose(record=treatment, drug=drug.id, dose_mg=dose_mg)


def replan(decision: DoseDecision, by: User) -> None:
    if decision.is_complete:
        change = decision.as_change()
        because = f"{decision.reads_as('treatment')}, {decision.get_action_display()}"
        reschedule(decision.patient, by=by, because=f"{because}. {change.reason}")


def drug_name(row: BackgroundDose) -> str:
    names = {drug.id: drug.name for drug in drugs_of(row.record.patient)}
    name = names.get(row.drug)
    return name.in_language(get_language() or "en") if name else row.drug


register(
    FormSpec(
        "capsule-course",
        CapsuleCourse,
        "capsule_courses",
        sections=(
            Section(
                _("First day"),
                (
                    "started_on",
                    "is_day_one_observed",
                    "has_day_one_reaction",
                    "is_rest_released",
                ),
            ),
            Section(
                _("Capsules"),
                ("dispensed_capsules", "returned_capsules", "lost_capsules", "comment"),
            ),
        ),
        rows=Rows(
            DailyDose,
            _("Capsules day by day"),
            "daily_doses",
            expected=days_of_course,
            identity=("day",),
        ),
        form_mixin=CourseForm,
        left_out=gate_fields_left_out,
    )
)
register(
    FormSpec(
        "background-treatment",
        BackgroundTreatment,
        "background_treatments",
        rows=Rows(
            BackgroundDose,
            _("Drugs"),
            "background_doses",
            expected=drugs_of_regimen,
            identity=("drug",),
            named=drug_name,
            extra_form=DoseMixin,
        ),
    )
)
register(
    FormSpec(
        "dose-decisions",
        DoseDecision,
        "dose_decisions",
        sections=(
            Section(
                _("Decision"),
                (
                    "decided_on",
                    "treatment",
                    "course",
                    "action",
                    "delay_days",
                    "resumes_on",
                    "dose_mg",
                ),
            ),
            Section(_("Grounds"), ("reason", "reason_text", "event_number")),
        ),
        form_mixin=DecisionMixin,
        summary=("decided_on", "treatment", "course", "action", "reason", "reason_text"),
        after_save=replan,
    )
)
register_panel(Panel("dosing/_patient_capsules.html", capsules_panel))
register_marks(decision_marks)
register_course_changes(decided_changes)
