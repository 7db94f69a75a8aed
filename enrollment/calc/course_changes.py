"""Courses that are delayed, held, skipped, resumed or stopped, and what that does to a course."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Standing = Literal["", "hold", "stop", "skip"]
"""What a course is kept from by; empty where nothing keeps it from being given."""

KEEPS_OR_FREES: Mapping[str, Standing] = {"hold": "hold", "stop": "stop", "resume": ""}
"""The other decisions neither keep a course from being given nor end what keeps it."""


@dataclass(frozen=True, slots=True)
class CourseChange:
    """One decision about one treatment; `course` is the first one that it applies to.

    `action` is hold, delay, skip, reduce, stop or resume. A delay puts `delay_days` between the
    planned day 1 and the new one; a resume names the day 1 of its course, `resumes_on`.
    """

    decided_on: date
    row_number: int
    course: int
    action: str
    treatment: str = ""
    delay_days: int = 0
    resumes_on: date | None = None
    reason: str = ""


def in_order(changes: Iterable[CourseChange]) -> list[CourseChange]:
    return sorted(changes, key=lambda each: (each.decided_on, each.row_number))


def standing(changes: Iterable[CourseChange], course: int) -> tuple[Standing, str]:
    """hold, stop or skip where the course is not to be given, with its reason; else empty.

    The latest decision up to this course counts; a hold or stop lasts until a resume. Decisions
    for a later course say nothing about this one, but a resume at a later course leaves out those
    that the hold kept. A skip is of one course only.
    """
    state: Standing = ""
    reason = ""
    for each in in_order(changes):
        if each.action == "skip" and each.course == course:
            return "skip", each.reason
        if each.action not in KEEPS_OR_FREES:
            continue
        if each.course <= course:
            state = KEEPS_OR_FREES[each.action]
            reason = each.reason if state else ""
        elif each.action == "resume" and state == "hold":
            state = "skip"
    return state, reason


def planned_day_1(planned_on: date, changes: Sequence[CourseChange], course: int) -> date:
    """`planned_on` with the delays of this course and the day on which it is resumed.

    A resume never brings a course forward: it begins on its planned day at the earliest.
    """
    for each in in_order(changes):
        if each.course != course:
            continue
        if each.action == "delay":
            planned_on += timedelta(days=each.delay_days)
        elif each.action == "resume" and each.resumes_on is not None:
            planned_on = max(planned_on, each.resumes_on)
    return planned_on
