"""The grid of patients and visits."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from enrollment.calc.definition import Definition
from enrollment.models import Patient, Visit
from enrollment.queries.marks import marks_of
from enrollment.queries.progress import Progress, form_states, visit_progress
from enrollment.queries.query_list import queried_visits


class GridVisit(NamedTuple):
    """What a cell needs of a visit: a page has thousands, and whole models take twice as long."""

    pk: int
    patient_id: int
    key: str
    label: str
    track: str
    cycle: int | None
    day: int | None
    forms: list[str]
    outcome: str
    target_date: date
    window_opens: date
    window_closes: date


class Cell(NamedTuple):
    visit: GridVisit
    progress: Progress
    form: str = ""
    """The first form that waits to be filled, where the visit has taken place."""


@dataclass(frozen=True)
class GridRow:
    patient: Patient
    cells: list[Cell | None]


@dataclass(frozen=True)
class Column:
    """A visit that at least one of the patients has on the schedule."""

    key: str
    label: str
    short_label: str


@dataclass(frozen=True)
class ColumnGroup:
    """The visits of one track, side by side."""

    label: str
    columns: list[Column]


@dataclass(frozen=True)
class Grid:
    """Columns stand by track and, within one, in order of the plan; a patient without that visit
    has None there."""

    groups: list[ColumnGroup]
    rows: list[GridRow]


def patient_grid(
    people: list[Patient], definition: Definition, *, language: str, today: date
) -> Grid:
    ids = [patient.pk for patient in people]
    visits = _visits(ids, language)
    states = form_states("patient", ids)
    queried = queried_visits(ids)
    marks = marks_of(people)
    cells: dict[int, dict[str, Cell]] = defaultdict(dict)
    for visit in visits:
        begun = states.get(visit.pk, {})
        shown = {
            form: marks.shown(visit.patient_id, visit.pk, form, state)
            for form, state in begun.items()
        }
        progress = visit_progress(visit, shown, today=today, is_queried=visit.pk in queried)
        waiting = _waiting_form(visit, begun)
        cells[visit.patient_id][visit.key] = Cell(visit, progress, waiting)
    groups = _groups(visits, definition, language)
    keys = [column.key for group in groups for column in group.columns]
    return Grid(
        groups,
        [GridRow(patient, [cells[patient.pk].get(key) for key in keys]) for patient in people],
    )


def _waiting_form(visit: GridVisit, begun: Mapping[str, str]) -> str:
    if visit.outcome != Visit.Outcome.TOOK_PLACE:
        return ""
    return next((slug for slug in visit.forms if begun.get(slug, "draft") == "draft"), "")


def _visits(patients: list[int], language: str) -> list[GridVisit]:
    label = "label_zh" if language.startswith("zh") else "label_en"
    columns = [label if name == "label" else name for name in GridVisit._fields]
    visits = Visit.objects.filter(patient__in=patients).order_by("patient_id", "position")
    return [GridVisit(*row) for row in visits.values_list(*columns)]


def _groups(visits: list[GridVisit], definition: Definition, language: str) -> list[ColumnGroup]:
    """Tracks of the newest definition first; one that only an older version had comes last."""
    by_track: dict[str, dict[str, GridVisit]] = defaultdict(dict)
    for visit in visits:
        by_track[visit.track].setdefault(visit.key, visit)
    labels = {track.id: track.label.in_language(language) for track in definition.tracks}
    labels[Visit.UNSCHEDULED] = _("Unscheduled")
    tracks = [*(track for track in labels if track in by_track), *(by_track.keys() - labels.keys())]
    return [
        ColumnGroup(
            labels.get(track, track),
            [
                Column(visit.key, visit.label, _short_label(visit))
                for visit in sorted(
                    by_track[track].values(), key=lambda visit: (visit.cycle or 0, visit.day or 0)
                )
            ],
        )
        for track in tracks
    ]


def _short_label(visit: GridVisit) -> str:
    """`C2 D1` in a course, `W6` for the week of a repeated visit, else the visit's name."""
    if visit.cycle is not None:
        return visit.key.replace("D", " D")
    is_repeated = visit.key.rpartition("-")[2].isdigit()
    return f"W{(visit.day or 0) // 7}" if is_repeated else visit.label
