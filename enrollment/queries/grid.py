"""The grid of patients and visits."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from enrollment.models import Patient, Visit
from enrollment.queries.progress import Progress, form_states, visit_progress


@dataclass(frozen=True)
class Cell:
    visit: Visit
    progress: Progress


@dataclass(frozen=True)
class GridRow:
    patient: Patient
    cells: list[Cell | None]


@dataclass(frozen=True)
class Grid:
    """Columns are visit keys in schedule order; a patient without that visit has None there."""

    columns: list[Visit]
    rows: list[GridRow]


def patient_grid(patients: QuerySet[Patient], *, today: date) -> Grid:
    people = list(patients.select_related("site"))
    visits = Visit.objects.filter(patient__in=[patient.pk for patient in people])
    states = form_states(visits)
    columns: dict[str, Visit] = {}
    by_patient: dict[int, dict[str, Cell]] = defaultdict(dict)
    for visit in visits.order_by("position", "key"):
        columns.setdefault(visit.key, visit)
        progress = visit_progress(visit, states.get(visit.pk, {}), today=today)
        by_patient[visit.patient_id][visit.key] = Cell(visit, progress)
    return Grid(
        columns=list(columns.values()),
        rows=[
            GridRow(patient, [by_patient[patient.pk].get(key) for key in columns])
            for patient in people
        ],
    )
