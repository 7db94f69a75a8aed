"""The register of serious adverse events of a trial: lines, filters and a file."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from core.queries.filters import AddressFilters
from outcomes.calc.clock import Pace
from outcomes.models import SeriousEvent
from outcomes.queries.serious import WAITING, Case, Step, serious_cases
from outcomes.queries.serious_alerts import NEXT_STEPS, remaining_text


@dataclass(frozen=True)
class Line:
    case: Case
    term: str
    pace: Pace | None
    remaining: str

    @property
    def is_waiting(self) -> bool:
        return self.case.step in WAITING

    @property
    def next_step(self) -> str | Promise:
        return NEXT_STEPS[self.case.step]

    @property
    def initial(self) -> SeriousEvent | None:
        return self.case.reports[0] if self.case.reports else None


@dataclass(frozen=True)
class Filters(AddressFilters):
    site: str = ""
    show: str = ""
    """waiting, over, submitted, final or late."""
    criterion: str = ""

    def take(self, line: Line) -> bool:
        latest = line.case.latest
        if self.site and line.case.event.patient.site.code != self.site:
            return False
        if self.criterion in SeriousEvent.CRITERIA and (
            latest is None or getattr(latest, self.criterion) != "Y"
        ):
            return False
        return {
            "waiting": line.is_waiting,
            "over": line.pace is Pace.OVER,
            "submitted": line.case.step is Step.FOLLOW_UP,
            "final": line.case.step is Step.DONE,
            "late": line.case.is_late,
        }.get(self.show, True)


def register_lines(events: QuerySet[Any], *, at: datetime) -> list[Line]:
    """What waits first, by how much time is left; the rest newest first."""
    lines = [_line(case, at) for case in serious_cases(events)]
    return sorted(lines, key=lambda line: _order(line, at))


def _line(case: Case, at: datetime) -> Line:
    left = case.left(at)
    return Line(
        case,
        term=case.event.term_other or case.event.reads_as("term"),
        pace=case.pace(at),
        remaining=remaining_text(left) if left is not None else "",
    )


def _order(line: Line, at: datetime) -> tuple[bool, float]:
    clock = line.case.clock
    if clock is not None:
        return False, clock.due_at.timestamp()
    last = line.case.reports[-1].submitted_at or at
    return True, -last.timestamp()


COLUMNS = (
    "patient",
    "site",
    "event_number",
    "term",
    "grade",
    "criteria",
    "reports",
    "latest_report",
    "site_learned_at",
    "first_submitted_at",
    "last_submitted_at",
    "late_reason",
    "outcome",
    "step",
    "due_at",
)


def register_row(line: Line) -> list[str | int | None]:
    """Codes and English names, times in UTC."""
    case, latest, initial = line.case, line.case.latest, line.initial
    submitted = [report.submitted_at for report in case.reports if report.submitted_at]
    return [
        str(case.event.patient),
        case.event.patient.site.code,
        case.event.row_number,
        case.event.name,
        latest.grade if latest else case.event.grade,
        " ".join(_criteria(latest)),
        len(case.reports),
        latest.version if latest else None,
        _time(initial.aware_at) if initial else None,
        _time(submitted[0]) if submitted else None,
        _time(submitted[-1]) if submitted else None,
        "; ".join(report.late_reason for report in case.reports if report.late_reason),
        latest.outcome if latest else case.event.outcome,
        str(case.step),
        _time(case.clock.due_at) if case.clock else None,
    ]


def _criteria(report: SeriousEvent | None) -> list[str]:
    if report is None:
        return []
    names = SeriousEvent.CRITERIA
    return [name.removeprefix("is_") for name in names if getattr(report, name) == "Y"]


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
