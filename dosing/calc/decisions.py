"""What the decisions about a treatment come to at one course."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

ENDS_DELAY = ("delay", "reduce")
"""These do not keep a course from being given."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision; `course` is the first one that it applies to."""

    decided_on: date
    row_number: int
    course: int
    action: str


def standing(decisions: Iterable[Decided], course: int) -> str:
    """hold or stop where the course is not to be given, else empty.

    The latest decision up to this course counts; a hold or stop lasts until a resume. Decisions
    for a later course say nothing about this one.
    """
    state = ""
    for decided in sorted(decisions, key=lambda each: (each.decided_on, each.row_number)):
        if decided.course > course or decided.action in ENDS_DELAY:
            continue
        state = "" if decided.action == "resume" else decided.action
    return state
