"""The schedule: tracks that run beside each other, and the visits on them."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, StringConstraints

from .base import FormName, Slug, Table, Text

Anchor = Literal["enrollment", "course", "first_dose", "end_of_treatment"]
Until = Literal["end_of_treatment", "progression", "end_of_study"]
CourseCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]

CAPSULES = "capsules"
"""Stands for the investigational product, whatever its id; background drugs go by their id."""

MAIN_CODE = "C"


class Track(Table):
    """A row of [[tracks]]: visits that count their days from the same event.

    `course` counts from the actual day 1 of each course, the other anchors from one date.
    `first_dose` is day 1 of the first course. Beside the main courses, those of the code “C”,
    a drug may have courses of its own length for the patients who take it.
    """

    id: Slug
    label: Text
    anchor: Anchor
    until: Until
    """No visit is planned later than this event."""
    start_after_days: NonNegativeInt = 0
    """Courses only: planned days from enrollment to day 1 of the first course."""
    course_days: PositiveInt | None = None
    """Courses only: days from one day 1 to the next."""
    courses: PositiveInt | None = None
    """Courses only: how many are on the schedule."""
    code: CourseCode = MAIN_CODE
    """Courses only: begins the names of the visits, `C2D1`."""
    moved_by: tuple[Slug, ...] = (CAPSULES,)
    """Courses only: the treatments whose dose decisions delay, hold or skip these courses; of
    several, the first that the patient takes."""

    @property
    def is_main(self) -> bool:
        return self.anchor == "course" and self.code == MAIN_CODE


class Visit(Table):
    """A row of [[visits]].

    `day` is the day of the course (1 is the first) on a course track, elsewhere the days after
    the track's anchor. The label may hold `{n}`, the number of the course or repeat, and
    `{week}`, the whole weeks after the anchor.
    """

    id: Slug
    label: Text
    track: Slug
    day: int = Field(ge=-365, le=3650)
    window_before_days: NonNegativeInt
    window_after_days: NonNegativeInt
    forms: tuple[FormName, ...] = Field(min_length=1)
    every_days: PositiveInt | None = None
    count: PositiveInt = 1

    @property
    def offsets_days(self) -> list[int]:
        """Days after the anchor of each repeat; not for visits of a course."""
        return [self.day + repeat * (self.every_days or 0) for repeat in range(self.count)]
