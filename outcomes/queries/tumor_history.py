"""A patient's lesions by scan, the sums, and what each set of criteria makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from enrollment.models import Patient
from outcomes.calc.ledger import FollowedLesion, Judged, Ledger, Scan, judge
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.settings import criteria_of, endpoint_rules
from outcomes.calc.snapshot.summary import Criteria
from outcomes.models import Lesion, LesionMeasurement, TumorAssessment
from outcomes.queries.ledger import read_ledger
from outcomes.queries.proposals import NO_VALUE, Line, change, line_of, millimeters
from outcomes.words import CRITERIA
from oversight.models import RecordState

Status = LesionMeasurement.Status


@dataclass(frozen=True)
class Column:
    """A scan: its record, and what stands in the head of its column."""

    scan: Scan
    record: TumorAssessment

    @property
    def chosen(self) -> str:
        return self.record.investigator_response


@dataclass(frozen=True)
class Cell:
    """`detail` stands below the text, in small."""

    text: str
    detail: str = ""


@dataclass(frozen=True)
class LesionLine:
    number: int | None
    kind: str
    place: str
    cells: list[Cell]


@dataclass(frozen=True)
class SumLine:
    """A sum of diameters by scan; `values` in mm are None where a target has no value."""

    label: str
    values: list[float | None]
    cells: list[Cell]


@dataclass(frozen=True)
class ResponseLine:
    name: str
    cells: list[Cell]


@dataclass(frozen=True)
class Reading:
    """A scan with the lines of all criteria."""

    column: Column
    lines: list[Line]


@dataclass(frozen=True)
class History:
    columns: list[Column]
    lesions: list[LesionLine]
    sums: list[SumLine]
    new_sum: SumLine | None
    """Of the new lesions that iRECIST follows by their size."""
    responses: list[ResponseLine]
    readings: list[Reading]
    """The scans after baseline, newest first."""
    without_baseline: list[int | None] = field(default_factory=list)

    @property
    def days(self) -> list[date]:
        return [column.scan.day for column in self.columns]

    @cached_property
    def newest(self) -> Reading | None:
        return self.readings[0] if self.readings else None


def tumor_history(patient: Patient) -> History | None:
    """None before the first complete scan."""
    ledger = read_ledger(patient)
    columns = _columns(patient, ledger)
    if not columns:
        return None
    definition = patient.version.definition
    rules = endpoint_rules(definition)
    judged = {
        criteria: {item.scan.key: item for item in judge(ledger, criteria, rules)}
        for criteria in criteria_of(definition)
    }
    return History(
        columns=columns,
        lesions=_lesions(patient, ledger, columns),
        sums=_sums(ledger, columns, judged, rules),
        new_sum=_new_sum(columns, judged.get("irecist", {})),
        responses=_responses(columns, judged, ledger, rules),
        readings=_readings(columns, judged, ledger, rules),
        without_baseline=[lesion.number for lesion in ledger.without_baseline()],
    )


ByCriteria = Mapping[Criteria, Mapping[int, Judged]]


def _columns(patient: Patient, ledger: Ledger) -> list[Column]:
    records = TumorAssessment.objects.filter(patient=patient).select_related("visit")
    by_visit = {record.visit_id: record for record in records.exclude(state=RecordState.DRAFT)}
    return [Column(scan, by_visit[scan.key]) for scan in [*ledger.baselines, *ledger.followed]]


def _lesions(patient: Patient, ledger: Ledger, columns: list[Column]) -> list[LesionLine]:
    lesions = Lesion.objects.filter(patient=patient).in_bulk()
    rows = LesionMeasurement.objects.filter(record__in=[column.record.pk for column in columns])
    marks = {(row.record_id, row.lesion_id): row for row in rows}
    return [
        LesionLine(
            number=lesion.number,
            kind=lesions[lesion.key].get_kind_display(),
            place=_place(lesions[lesion.key]),
            cells=[_cell(marks.get((column.record.pk, lesion.key))) for column in columns],
        )
        for lesion in sorted(ledger.measured, key=_order)
    ]


def _order(lesion: FollowedLesion) -> tuple[int, int]:
    """Targets, then non-targets, then new ones; each by number."""
    kinds = ("TARGET", "NON-TARGET")
    rank = kinds.index(lesion.kind) if lesion.kind in kinds else len(kinds)
    return rank, lesion.number or 0


def _place(lesion: Lesion) -> str:
    parts = [lesion.get_organ_display(), lesion.description]
    return capfirst(", ".join(part for part in parts if part))


def _cell(row: LesionMeasurement | None) -> Cell:
    if row is None:
        return Cell("")
    details = []
    if row.viable_mm is not None:
        details.append(_("viable %(mm)s") % {"mm": f"{row.viable_mm:.1f}"})
    if row.status == Status.SPLIT:
        details.append(row.parts_mm)
    if row.status == Status.MERGED:
        return Cell(_("with lesion %(number)s") % {"number": row.merged_with})
    if row.diameter_mm is not None:
        return Cell(f"{row.diameter_mm:.1f}", " · ".join(details))
    return Cell(str(row.get_status_display()))


def _sums(
    ledger: Ledger, columns: list[Column], judged: ByCriteria, rules: EndpointRules
) -> list[SumLine]:
    measures: list[tuple[Criteria, str]] = []
    if "recist_1_1" in judged or "irecist" in judged:
        first: Criteria = "recist_1_1" if "recist_1_1" in judged else "irecist"
        measures.append((first, _("Sum of diameters, mm")))
    if "mrecist" in judged:
        measures.append(("mrecist", _("Sum with viable diameters, mm")))
    if not any(lesion.kind == "TARGET" for lesion in ledger.measured):
        return []
    return [_sum_line(label, columns, judged[criteria]) for criteria, label in measures]


def _sum_line(label: str, columns: list[Column], judged: Mapping[int, Judged]) -> SumLine:
    baseline = next((item.proposal.baseline_mm for item in judged.values()), None)
    values: list[float | None] = []
    cells = []
    for column in columns:
        item = judged.get(column.scan.key)
        mm = item.proposal.sum_mm if item else baseline
        detail = change(mm, baseline) if item and mm is not None else ""
        values.append(mm)
        cells.append(Cell(millimeters(mm), detail))
    return SumLine(label, values, cells)


def _new_sum(columns: list[Column], judged: Mapping[int, Judged]) -> SumLine | None:
    values = [
        item.new_sum_mm if (item := judged.get(column.scan.key)) else None for column in columns
    ]
    if values.count(None) == len(values):
        return None
    cells = [Cell("" if mm is None else millimeters(mm)) for mm in values]
    return SumLine(_("Sum of new targets (iRECIST), mm"), values, cells)


def _responses(
    columns: list[Column], judged: ByCriteria, ledger: Ledger, rules: EndpointRules
) -> list[ResponseLine]:
    found = []
    for criteria, by_scan in judged.items():
        lines = {key: line_of(item, ledger, rules) for key, item in by_scan.items()}
        cells = [_response_cell(lines.get(column.scan.key)) for column in columns]
        found.append(ResponseLine(CRITERIA[criteria], cells))
    chosen = [Cell(column.chosen, column.record.response_reason) for column in columns]
    return [*found, ResponseLine(_("Investigator"), chosen)]


def _response_cell(line: Line | None) -> Cell:
    if line is None:
        return Cell("")
    parts = [part for part in (line.target, line.nontarget) if part != NO_VALUE]
    return Cell(line.overall, " · ".join(parts))


def _readings(
    columns: list[Column], judged: ByCriteria, ledger: Ledger, rules: EndpointRules
) -> list[Reading]:
    return [
        Reading(
            column,
            [
                line_of(by_scan[column.scan.key], ledger, rules)
                for by_scan in judged.values()
                if column.scan.key in by_scan
            ],
        )
        for column in reversed(columns)
        if not column.scan.is_baseline
    ]
