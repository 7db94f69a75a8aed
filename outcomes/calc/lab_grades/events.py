"""When a graded abnormality asks for an adverse event, and whether the log has one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from core.calc.partial_date import PartialDate
from outcomes.calc.lab_grades.panel import Graded
from outcomes.calc.lab_grades.patient import GradedValue


@dataclass(frozen=True)
class LoggedEvent:
    """An adverse event of the patient, as far as an abnormality can be told to belong to it."""

    term: str
    grade: int
    started_on: PartialDate | None
    ended_on: PartialDate | None


@dataclass(frozen=True)
class Proposal:
    """An abnormality that asks for an adverse event of this term and grade."""

    value: GradedValue
    graded: Graded

    @property
    def term(self) -> str:
        return self.graded.criterion.term

    @property
    def grade(self) -> int:
        return self.graded.least or self.graded.worst or 0

    def is_logged(self, events: Iterable[LoggedEvent]) -> bool:
        """An event of the term and at least this grade can have run on the day of the sample."""
        return any(
            event.term == self.term
            and event.grade >= self.grade
            and _can_run_on(event, self.value.sample.day)
            for event in events
        )


def proposals(value: GradedValue, *, at_least: int, for_certain: bool) -> list[Proposal]:
    """The directions in which the value asks for an adverse event: after the first dose, of the
    trial's grade or more, and worse than at baseline.

    Where a clinical clause leaves a range, `for_certain` looks at its lower end, else at the upper.
    """
    if value.is_before_treatment:
        return []
    found = []
    for graded, before in zip(value.grades, value.baseline_grades, strict=True):
        reached = graded.least if for_certain else graded.worst
        known = before.worst if before is not None else None
        if reached is not None and reached >= at_least and reached > (known or 0):
            found.append(Proposal(value, graded))
    return found


def _can_run_on(event: LoggedEvent, day: date) -> bool:
    begins, ends = event.started_on, event.ended_on
    return (begins is None or begins.first_day <= day) and (ends is None or ends.last_day >= day)
