"""Which adverse events count as emerging under treatment.

An event is treatment-emergent if it began on or after the day of the first dose and not later than
the follow-up days after the last one, or was there before and grew worse then. The convention for
incomplete dates is the cautious one: an event counts unless its dates show that it cannot.

Source: ICH E9 (1998), glossary, "treatment emergent".
"""

from dataclasses import dataclass
from datetime import date, timedelta

from core.calc.partial_date import PartialDate


@dataclass(frozen=True)
class TreatmentPeriod:
    """From the first dose to the end of the follow-up; `ends_on` is None while treatment runs."""

    begins_on: date
    ends_on: date | None = None

    @classmethod
    def of(
        cls, first_dose_on: date, last_dose_on: date | None, *, has_ended: bool, follow_up_days: int
    ) -> "TreatmentPeriod":
        """`last_dose_on` ends it only when treatment has ended."""
        if not has_ended or last_dose_on is None:
            return cls(first_dose_on)
        return cls(first_dose_on, last_dose_on + timedelta(days=follow_up_days))

    def holds(self, day: date) -> bool:
        return self.begins_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Event:
    """One row of the log. A day is None where it is not known, the end also while it goes on."""

    term: str
    grade: int
    started_on: PartialDate | None
    ended_on: PartialDate | None = None


def is_treatment_emergent(
    event: Event, *, period: TreatmentPeriod | None, others: tuple[Event, ...] = ()
) -> bool:
    """`period`: None for somebody without a dose. `others`: more rows of the same patient.

    A row that begins under treatment while an earlier row of the same term, from before the first
    dose, still runs is new only if its grade is higher.
    """
    if period is None or not _can_begin_within(event, period):
        return False
    known = [other for other in others if _is_there_before(other, event, period)]
    return all(event.grade > other.grade for other in known)


def _can_begin_within(event: Event, period: TreatmentPeriod) -> bool:
    start, end = event.started_on, event.ended_on
    if start is None:
        return end is None or end.last_day >= period.begins_on
    is_too_late = period.ends_on is not None and start.first_day > period.ends_on
    return start.last_day >= period.begins_on and not is_too_late


def _is_there_before(other: Event, event: Event, period: TreatmentPeriod) -> bool:
    """It began before the first dose for certain, and ran until this row began."""
    if other.term != event.term or other.started_on is None or event.started_on is None:
        return False
    runs_on = other.ended_on is None or other.ended_on.last_day >= event.started_on.first_day
    return other.started_on.last_day < period.begins_on and runs_on
