"""One patient's page: where the patient stands, the schedule and the forms."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from core.fields import captured_fields
from enrollment.models import EndOfStudy, EndOfTreatment, FormRecord, Patient, Visit
from enrollment.queries.progress import Progress, form_states, visit_progress
from enrollment.registry import FormSpec, Kind, all_specs, specs_at
from oversight.models import RecordState


@dataclass(frozen=True)
class FormLine:
    """A form on a list: what it is, and how far its record is (empty when not begun)."""

    spec: FormSpec
    state: str
    records: int = 0


@dataclass(frozen=True)
class VisitLine:
    visit: Visit
    progress: Progress
    forms: list[FormLine]

    @property
    def complete_forms(self) -> int:
        return sum(line.state not in ("", RecordState.DRAFT) for line in self.forms)


def patient_schedule(patient: Patient, *, today: date) -> list[VisitLine]:
    visits = Visit.objects.filter(patient=patient)
    states = form_states("patient", [patient.pk])
    return [
        VisitLine(
            visit,
            visit_progress(visit, states.get(visit.pk, {}), today=today),
            visit_forms(visit, states.get(visit.pk, {})),
        )
        for visit in visits.order_by("target_date", "position")
    ]


def visit_forms(visit: Visit, states: Mapping[str, str] | None = None) -> list[FormLine]:
    if states is None:
        states = form_states("visit", [visit.pk]).get(visit.pk, {})
    return [FormLine(spec, states.get(spec.slug, "")) for spec in specs_at(visit)]


def one_time_forms(patient: Patient) -> list[FormLine]:
    """Forms filled once for the patient, such as the end of treatment."""
    lines = []
    for spec in all_specs(Kind.PATIENT):
        record = _records(spec, patient).values_list("state", flat=True).first()
        lines.append(FormLine(spec, record or "", records=int(record is not None)))
    return lines


def logs(patient: Patient) -> list[FormLine]:
    return [
        FormLine(spec, "", records=_records(spec, patient).count()) for spec in all_specs(Kind.LOG)
    ]


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
