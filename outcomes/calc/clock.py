"""The clock of a serious adverse event: the site reports within 24 hours of learning of it.

Source: ICH E2A (1994), section III.B, on expedited reporting, and ICH E6(R2) 4.11.1 (immediately);
24 hours is what protocols and regulators make of "immediately" for the site.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

TO_REPORT = timedelta(hours=24)
NEARLY_OVER = timedelta(hours=4)
"""What is left when the clock begins to warn."""


class Pace(StrEnum):
    RUNNING = "running"
    NEARLY_OVER = "nearly-over"
    OVER = "over"


@dataclass(frozen=True)
class Clock:
    """At exactly 24 hours the time is over. Hours are real ones, whatever clocks on walls do."""

    started_at: datetime

    @property
    def due_at(self) -> datetime:
        # Within one zone, Python adds to the wall clock: a day with 25 hours would gain one.
        return self.started_at.astimezone(UTC) + TO_REPORT

    def left(self, at: datetime) -> timedelta:
        """Negative once the time is over."""
        return self.due_at - at.astimezone(UTC)

    def pace(self, at: datetime) -> Pace:
        left = self.left(at)
        if left <= timedelta(0):
            return Pace.OVER
        return Pace.NEARLY_OVER if left <= NEARLY_OVER else Pace.RUNNING

    def is_late(self, submitted_at: datetime) -> bool:
        return self.pace(submitted_at) is Pace.OVER
