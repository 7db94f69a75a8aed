"""Taken in percent of due, for one course and over all. The one place that says what is taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    DIARY = "diary"
    """Every due day has its number of capsules."""
    COUNT = "count"
    """Days are missing, so dispensed less returned and lost counts instead."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compliance:
    due: int
    taken: int | None
    source: Source
    by_count: int | None
    """Dispensed less returned less lost, whichever source leads."""

    @property
    def pct(self) -> float | None:
        """None while nothing is due or what was taken is unknown."""
        if self.taken is None or not self.due:
            return None
        return 100 * self.taken / self.due

    @property
    def differs_by(self) -> int:
        """Capsules by count less capsules by diary; 0 where only one of them is known."""
        if self.source is not Source.DIARY or self.by_count is None or self.taken is None:
            return 0
        return self.by_count - self.taken


def compliance(
    *,
    due: int,
    taken_by_day: int,
    days_unknown: int,
    dispensed: int | None,
    returned: int | None,
    lost: int | None,
) -> Compliance:
    """The diary leads where it is whole; else the count of capsules; else nothing is known.

    A count needs what was dispensed and what came back; lost capsules that were not entered are 0.
    """
    by_count = None
    if dispensed is not None and returned is not None:
        by_count = dispensed - returned - (lost or 0)
    if not days_unknown:
        return Compliance(due, taken_by_day, Source.DIARY, by_count)
    if by_count is not None:
        return Compliance(due, by_count, Source.COUNT, by_count)
    return Compliance(due, None, Source.UNKNOWN, None)


def overall_pct(courses: Iterable[Compliance]) -> float | None:
    """Taken in percent of due over all courses of which it is known what was taken.

    None while that is none, or nothing was due.
    """
    known = [(course.taken, course.due) for course in courses if course.taken is not None]
    due = sum(each for _taken, each in known)
    return 100 * sum(taken for taken, _due in known) / due if due else None
