"""One patient's page: where the patient stands, the schedule and the forms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from core.fields import captured_fields
from enrollment.models import EndOfStudy, EndOfTreatment, FormRecord, Patient, Visit
from enrollment.panels import visit_marks
from enrollment.queries.marks import Marks, marks_of
from enrollment.queries.progress import Progress, form_states, visit_progress
from enrollment.queries.query_list import queried_visits
from enrollment.registry import FormSpec, Kind, all_specs, specs_at
from oversight.models import RecordState


@dataclass(frozen=True)
class FormLine:
    """A form on a list: what it is, and how far its record is (empty when not begun).

    `shown` is the state for the badge, where that is another: a broken signature or a freeze.
    """

    spec: FormSpec
    state: str
    records: int = 0
    shown: str = ""

    @property
    def badge(self) -> str:
        return self.shown or self.state


@dataclass(frozen=True)
class VisitLine:
    visit: Visit
    progress: Progress
    forms: list[FormLine]
    marks: Sequence[str] = ()
    """What upper apps say about the visit, such as a dose that is held."""

    @property
    def complete_forms(self) -> int:
        return sum(line.state not in ("", RecordState.DRAFT) for line in self.forms)


def patient_schedule(patient: Patient, *, today: date) -> list[VisitLine]:
    visits = Visit.objects.filter(patient=patient)
    states = form_states("patient", [patient.pk])
    queried = queried_visits([patient.pk])
    marks = marks_of([patient])
    said = visit_marks(patient)

    def line(visit: Visit) -> VisitLine:
        visit.patient = patient
        forms = visit_forms(visit, states.get(visit.pk, {}), marks)
        shown = {form.spec.slug: form.badge or "draft" for form in forms}
        progress = visit_progress(visit, shown, today=today, is_queried=visit.pk in queried)
        return VisitLine(visit, progress, forms, said.get(visit.pk, ()))

    return [line(visit) for visit in visits.order_by("target_date", "position")]


def visit_forms(
    visit: Visit, states: Mapping[str, str] | None = None, marks: Marks | None = None
) -> list[FormLine]:
    if states is None:
        states = form_states("visit", [visit.pk]).get(visit.pk, {})
    if marks is None:
        marks = marks_of([visit.patient])
    lines = []
    for spec in specs_at(visit):
        state = states.get(spec.slug, "")
        shown = marks.shown(visit.patient_id, visit.pk, spec.slug, state)
        lines.append(FormLine(spec, state, shown=shown))
    return lines


def one_time_forms(patient: Patient) -> list[FormLine]:
    """Forms filled once for the patient, such as the end of treatment."""
    lines = []
    for spec in all_specs(Kind.PATIENT):
        record = _records(spec, patient).values_list("state", flat=True).first()
        lines.append(FormLine(spec, record or "", records=int(record is not None)))
    return lines


def logs(patient: Patient) -> list[FormLine]:
    """Those that the patient's version has, and those that it no longer has but that were used."""
    specs = all_specs(Kind.LOG, trial=patient.trial.slug)
    lines = [FormLine(spec, "", records=_records(spec, patient).count()) for spec in specs]
    return [line for line in lines if line.records or line.spec.asked_of(patient) is not None]


def patient_status(patient: Patient) -> str:
    """screen-failed, screened, enrolled, off-treatment or off-study."""
    if patient.enrolled_on is None:
        return "screened" if patient.is_eligible else "screen-failed"
    if EndOfStudy.objects.filter(patient=patient).exists():
        return "off-study"
    if EndOfTreatment.objects.filter(patient=patient).exists():
        return "off-treatment"
    return "enrolled"


def _records(spec: FormSpec, patient: Patient) -> QuerySet[Any]:
    return spec.model._default_manager.filter(patient=patient)


def previous_values(record: FormRecord) -> dict[str, object]:
    """Captured values of the same form at the patient's visit before; empty when none."""
    visit: Visit | None = getattr(record, "visit", None)
    if visit is None or visit.actual_date is None:
        return {}
    of_patient: QuerySet[Any] = type(record)._default_manager.filter(patient_id=record.patient_id)
    earlier = (
        of_patient.filter(visit__actual_date__lt=visit.actual_date)
        .order_by("-visit__actual_date")
        .first()
    )
    if earlier is None:
        return {}
    return {field.name: getattr(earlier, field.name) for field in captured_fields(type(record))}
