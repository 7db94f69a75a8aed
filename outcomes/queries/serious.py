"""Serious adverse events with their reports and clocks."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.fields.captured import YesNo
from outcomes.calc.clock import Clock, Pace
from outcomes.models import AdverseEvent, SeriousEvent


class Step(StrEnum):
    """What the site does next about an event."""

    START = "start"
    COMPLETE = "complete"
    SUBMIT = "submit"
    FOLLOW_UP = "follow-up"
    DONE = "done"


WAITING = (Step.START, Step.COMPLETE, Step.SUBMIT)


@dataclass(frozen=True)
class Case:
    """One event with its reports, oldest first."""

    event: AdverseEvent
    reports: list[SeriousEvent]

    @property
    def latest(self) -> SeriousEvent | None:
        return self.reports[-1] if self.reports else None

    @property
    def open_report(self) -> SeriousEvent | None:
        """The one that was begun and not submitted."""
        latest = self.latest
        return latest if latest is not None and not latest.is_submitted else None

    @property
    def next_version(self) -> int:
        """Of the report that is open, or of the one to begin."""
        return self.open_report.version if self.open_report else len(self.reports)

    @property
    def step(self) -> Step:
        latest = self.latest
        if latest is None:
            return Step.START
        if latest.is_submitted:
            return Step.DONE if latest.is_last else Step.FOLLOW_UP
        return Step.SUBMIT if latest.is_complete else Step.COMPLETE

    @property
    def clock(self) -> Clock | None:
        """Of what waits to be submitted; none when nothing does.

        Until the report says when the site learned, the clock runs from when the event was
        marked as serious, or from when the follow-up was begun.
        """
        report = self.open_report
        if report is not None:
            return Clock(report.aware_at or self._known_at(report))
        if self.reports:
            return None
        return Clock(self.event.serious_since or self.event.created_at)

    @property
    def is_late(self) -> bool:
        """Whether any report came, or is, after its 24 hours."""
        return any(report.late_reason for report in self.reports)

    def _known_at(self, report: SeriousEvent) -> datetime:
        if report.version == 0:
            return self.event.serious_since or report.created_at
        return report.created_at

    def pace(self, at: datetime) -> Pace | None:
        return self.clock.pace(at) if self.clock else None

    def left(self, at: datetime) -> timedelta | None:
        return self.clock.left(at) if self.clock else None


def serious_cases(events: QuerySet[Any]) -> list[Case]:
    """The cases among these adverse events, newest first, in two queries."""
    found = list(
        events.filter(is_serious=YesNo.YES)
        .select_related("patient__trial", "patient__site")
        .order_by("-serious_since", "-pk")
    )
    reports = _reports(found)
    return [Case(event, reports[event.patient_id, event.row_number]) for event in found]


def case_of(event: AdverseEvent) -> Case:
    return Case(event, _reports([event])[event.patient_id, event.row_number])


def waiting_cases(events: QuerySet[Any]) -> list[Case]:
    """Those whose clock runs; what is due first comes first.

    The database leaves out events whose last report was submitted, so that a list takes no longer
    when most are done with.
    """
    reports = SeriousEvent.objects.filter(
        patient=OuterRef("patient"), event_number=OuterRef("row_number")
    )
    waiting = Q(Exists(reports.filter(submitted_at__isnull=True))) | ~Q(Exists(reports))
    cases = serious_cases(events.filter(waiting))
    return sorted(
        cases, key=lambda case: case.clock.due_at if case.clock else case.event.created_at
    )


def _reports(events: Iterable[AdverseEvent]) -> dict[tuple[int, int | None], list[SeriousEvent]]:
    """By patient and number of the event."""
    found: dict[tuple[int, int | None], list[SeriousEvent]] = defaultdict(list)
    patients = {event.patient_id: event.patient for event in events}
    if not patients:
        return found
    reports = SeriousEvent.objects.filter(patient__in=patients, event_number__isnull=False)
    for report in reports.select_related("submitted_by", "created_by").order_by("version"):
        report.patient = patients[report.patient_id]
        found[report.patient_id, report.event_number].append(report)
    return found
