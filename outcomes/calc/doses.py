"""Capsules planned and taken within a window of days."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Plan:
    """When a product is taken: so many capsules on these days of each course; 0 courses: no end."""

    capsules_per_day: int
    first_day: int
    last_day: int
    course_days: int
    courses: int

    def on(self, day: int) -> int:
        """Capsules planned on a day; day 1 is that of the first dose."""
        course, place = divmod(day - 1 + self.first_day - 1, self.course_days)
        is_due = self.first_day <= place + 1 <= self.last_day
        return self.capsules_per_day if is_due and course < (self.courses or course + 1) else 0

    def between(self, first: int, last: int) -> int:
        return sum(self.on(day) for day in range(first, last + 1))


@dataclass(frozen=True)
class Course:
    """A course that was begun. `days`: each day with capsules due, or with a number, and how many
    were taken; None where no number is entered."""

    ends_on: date
    days: tuple[tuple[date, int | None], ...]
    counted: int | None = None
    """Taken by the whole course, where the form tells it (`dosing.calc.compliance`)."""
    is_open: bool = False
    """The form is a draft: numbers may still come."""


@dataclass(frozen=True)
class Doses:
    """Capsules in the window: planned, taken at least, and at most if what is not known was."""

    planned: int
    least: int
    most: int
    is_open: bool
    """What is not known may still be entered."""


def doses_within(
    courses: Iterable[Course], plan: Plan, *, first: date, last: date, is_over: bool
) -> Doses:
    """`first` and `last`: days of the window, both in it. `is_over`: no further course will come.

    Days after the last course on record may still be entered while the treatment goes on.
    """
    planned = plan.between(1, (last - first).days + 1)
    least = unknown = 0
    is_open = False
    ends_on = first - timedelta(days=1)
    for course in courses:
        taken, gaps = _within(course, first, last)
        least += taken
        unknown += gaps * plan.capsules_per_day
        is_open |= bool(gaps) and course.is_open
        ends_on = max(ends_on, course.ends_on)
    if not is_over and ends_on < last:
        still_to_come = plan.between((ends_on - first).days + 2, (last - first).days + 1)
        unknown += still_to_come
        is_open |= still_to_come > 0
    return Doses(planned, least, least + unknown, is_open)


def _within(course: Course, first: date, last: date) -> tuple[int, int]:
    """Capsules taken, and days without a number."""
    is_whole = all(first <= day <= last for day, _taken in course.days)
    if is_whole and course.counted is not None:
        return course.counted, 0
    numbers = [taken for day, taken in course.days if first <= day <= last]
    return sum(taken for taken in numbers if taken is not None), numbers.count(None)
