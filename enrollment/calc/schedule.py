"""The visits of one patient: what the protocol asks for, given what really took place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from enrollment.calc.course_changes import CourseChange, Standing, planned_day_1, standing
from enrollment.calc.definition import Definition, Text, Track, Visit


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """A visit on the schedule. `key` names it within the patient: `C2D1`, `scan-3`, `screening`.

    `cycle` is the number of the course, none for visits outside the courses. `day` is the day of
    the course (1 is the first), elsewhere the days after the track's anchor. `order` counts from
    0 by target date. `standing` says what keeps its course from being given; the dates of a
    course on hold are those that it would have without the hold.
    """

    key: str
    visit_id: str
    label: Text
    track: str
    cycle: int | None
    day: int
    target_date: date
    window_opens: date
    window_closes: date
    forms: tuple[str, ...]
    order: int = 0
    standing: Standing = ""
    reason: str = ""
    """Why the course is held or skipped; empty for others."""

    def days_outside_window(self, actual_date: date) -> int:
        """0 inside the window, below 0 too early, above 0 too late."""
        if actual_date < self.window_opens:
            return (actual_date - self.window_opens).days
        return max((actual_date - self.window_closes).days, 0)


@dataclass(frozen=True, slots=True)
class Move:
    """A visit whose protocol date changed."""

    label: str
    was: date
    now: date


def plan(
    definition: Definition,
    *,
    enrolled_on: date,
    actual_dates: Mapping[str, date],
    treatment_ended_on: date | None = None,
    progressed_on: date | None = None,
    study_ended_on: date | None = None,
    regimen: str = "",
    changes: Sequence[CourseChange] = (),
) -> list[PlannedVisit]:
    """The patient's visits by target date.

    `actual_dates` maps keys to the days on which those visits took place; keys that the plan
    does not hold are ignored. Day 1 of a course counts from the actual day 1 of the course
    before, other days of a course from its own; scans count from the first dose and do not move
    with later delays. Drugs with courses of their own length have them where the patient's
    regimen holds the drug. `changes` are the decisions about the patient's treatments: a delayed
    or resumed course moves with all that follow it in its track, a skipped one leaves the later
    ones where they were. A visit planned after the event that ends its track is left out, unless it
    took place. Visits after the end of treatment are left out while that day can be neither
    known nor planned, which is so for products without a planned end.

    No two windows of a track overlap, provided that no course starts before its window opens.
    """
    courses = {
        track.id: list(
            _courses(
                definition,
                track,
                enrolled_on=enrolled_on,
                actual_dates=actual_dates,
                regimen=regimen,
                changes=changes,
            )
        )
        for track in definition.tracks
        if track.anchor == "course"
    }
    main = courses[definition.course_track.id]
    ends = {
        "end_of_treatment": treatment_ended_on,
        "progression": progressed_on,
        "end_of_study": study_ended_on,
    }
    anchors = {
        "enrollment": enrolled_on,
        "first_dose": next((each.began_on for each in main if each.standing != "skip"), None),
        "end_of_treatment": treatment_ended_on or _planned_end(definition, main),
    }
    visits = []
    for track in definition.tracks:
        if track.anchor == "course":
            found = _course_visits(definition, track, courses[track.id])
        else:
            found = _counted_visits(definition, track, anchors[track.anchor])
        last = min((day for day in (ends[track.until], study_ended_on) if day), default=date.max)
        visits += [v for v in found if v.target_date <= last or v.key in actual_dates]
    # A stable sort: on the same day the order of the definition holds.
    visits.sort(key=lambda visit: visit.target_date)
    return [replace(visit, order=order) for order, visit in enumerate(visits)]


@dataclass(frozen=True, slots=True)
class _Course:
    number: int
    planned_on: date
    began_on: date
    """The actual day 1 where it is known, else the planned one."""
    standing: Standing = ""
    reason: str = ""


def _courses(
    definition: Definition,
    track: Track,
    *,
    enrolled_on: date,
    actual_dates: Mapping[str, date],
    regimen: str,
    changes: Sequence[CourseChange],
) -> Iterator[_Course]:
    """None for a drug that the patient does not take, or takes no more."""
    mover = definition.mover_of(track, regimen)
    if mover is None and not track.is_main:
        return
    own = [change for change in changes if change.treatment == mover]
    planned_on = enrolled_on + timedelta(days=track.start_after_days)
    for number in range(1, (track.courses or 1) + 1):
        planned_on = planned_day_1(planned_on, own, number)
        began_on = actual_dates.get(_course_key(track, number, 1))
        state, reason = standing(own, number)
        if state == "stop" and began_on is None and not track.is_main:
            return
        # The main courses end with the end of treatment, which is a form of its own.
        if state == "stop" or began_on is not None:
            state, reason = "", ""
        yield _Course(number, planned_on, began_on or planned_on, state, reason)
        planned_on = (began_on or planned_on) + timedelta(days=track.course_days or 0)


def _planned_end(definition: Definition, courses: list[_Course]) -> date | None:
    if definition.is_open_ended:
        return None
    return courses[-1].began_on + timedelta(days=definition.course_track.course_days or 0)


def planned_keys(definition: Definition) -> Iterator[str]:
    """Keys of all visits of the plan; a course track without an end names its first course."""
    for track in definition.tracks:
        for visit in definition.visits_of(track):
            if track.anchor == "course":
                for number in range(1, (track.courses or 1) + 1):
                    yield _course_key(track, number, visit.day)
            else:
                yield from (_counted_key(visit, n) for n in range(1, visit.count + 1))


def _counted_key(visit: Visit, number: int) -> str:
    return visit.id if visit.count == 1 else f"{visit.id}-{number}"


def _course_key(track: Track, number: int, day: int) -> str:
    return f"{track.code}{number}D{day}"


def _course_visits(
    definition: Definition, track: Track, courses: list[_Course]
) -> Iterator[PlannedVisit]:
    for course in courses:
        for visit in definition.visits_of(track):
            target = course.began_on + timedelta(days=visit.day - 1)
            yield _planned(
                visit,
                key=_course_key(track, course.number, visit.day),
                number=course.number,
                cycle=course.number,
                day=visit.day,
                target_date=course.planned_on if visit.day == 1 else target,
                standing=course.standing,
                reason=course.reason,
            )


def _counted_visits(
    definition: Definition, track: Track, anchor: date | None
) -> Iterator[PlannedVisit]:
    if anchor is None:
        return
    for visit in definition.visits_of(track):
        for number, day in enumerate(visit.offsets_days, start=1):
            yield _planned(
                visit,
                key=_counted_key(visit, number),
                number=number,
                cycle=None,
                day=day,
                target_date=anchor + timedelta(days=day),
            )


def _planned(
    visit: Visit,
    *,
    key: str,
    number: int,
    cycle: int | None,
    day: int,
    target_date: date,
    standing: Standing = "",
    reason: str = "",
) -> PlannedVisit:
    return PlannedVisit(
        key=key,
        visit_id=visit.id,
        label=visit.label.filled(n=number, week=day // 7),
        track=visit.track,
        cycle=cycle,
        day=day,
        target_date=target_date,
        window_opens=target_date - timedelta(days=visit.window_before_days),
        window_closes=target_date + timedelta(days=visit.window_after_days),
        forms=visit.forms,
        standing=standing,
        reason=reason,
    )
