"""Rules of the schedule: tracks, the visits on them and their windows."""

from collections.abc import Iterator
from itertools import pairwise

from .document import Definition
from .problems import Broken
from .visits import CAPSULES, Track, Visit


def tracks_are_complete(definition: Definition) -> Iterator[Broken]:
    mains = [track for track in definition.tracks if track.is_main]
    if len(mains) != 1:
        reason = (
            "Exactly one track has the anchor “course” and the code “C”, which is also the code of"
            f" a track that gives none; here are {len(mains)}."
        )
        yield ("tracks",), reason
    for index, track in enumerate(definition.tracks):
        visits = definition.visits_of(track)
        if not visits:
            yield ("tracks", index, "id"), f"No visit is on the track “{track.id}”."
        if track.anchor == "course":
            yield from _courses_are_complete(definition, index, track)
            continue
        for key in ("start_after_days", "course_days", "courses"):
            if getattr(track, key):
                yield ("tracks", index, key), "Only the track of the courses has this."


def _courses_are_complete(definition: Definition, index: int, track: Track) -> Iterator[Broken]:
    for key in ("course_days", "courses"):
        if getattr(track, key) is None:
            yield ("tracks", index, key), "The track of the courses needs this."
    if not any(visit.day == 1 for visit in definition.visits_of(track)):
        yield ("tracks", index, "id"), "A course needs a visit on its day 1."
    yield from _treatments_are_known(definition, index, track)
    if track.is_main:
        yield from _products_fit_the_track(definition, index, track)


def _treatments_are_known(definition: Definition, index: int, track: Track) -> Iterator[Broken]:
    drugs = {drug.id: drug for drug in definition.background}
    known = {CAPSULES, *drugs} if track.is_main else set(drugs)
    for treatment in track.moved_by:
        if treatment not in known:
            reason = f"“{treatment}” is not an id in background."
            yield ("tracks", index, "moved_by"), reason
        elif not track.is_main and drugs[treatment].cycle_days != track.course_days:
            reason = f"“{treatment}” has cycles of {drugs[treatment].cycle_days} days."
            yield ("tracks", index, "course_days"), reason


def codes_are_their_own(definition: Definition) -> Iterator[Broken]:
    """Visits are named by the code of their courses, and a drug is given in one of them."""
    codes: set[str] = set()
    moved: set[str] = set()
    for index, track in enumerate(definition.tracks):
        if track.anchor != "course":
            continue
        if track.code in codes and not track.is_main:
            yield ("tracks", index, "code"), f"Another track has the code “{track.code}”."
        if twice := sorted(moved & set(track.moved_by)):
            yield ("tracks", index, "moved_by"), f"Another track has “{twice[0]}”."
        codes.add(track.code)
        moved |= set(track.moved_by)


def _products_fit_the_track(definition: Definition, index: int, track: Track) -> Iterator[Broken]:
    for product in definition.products:
        if track.course_days and track.course_days != product.course_days:
            reason = f"The product “{product.id}” has courses of {product.course_days} days."
            yield ("tracks", index, "course_days"), reason
        if track.courses and not product.is_open_ended and track.courses != product.courses:
            reason = f"The product “{product.id}” has {product.courses} courses."
            yield ("tracks", index, "courses"), reason


def visits_fit_their_track(definition: Definition) -> Iterator[Broken]:
    tracks = {track.id: track for track in definition.tracks}
    for index, visit in enumerate(definition.visits):
        track = tracks.get(visit.track)
        if track is None:
            continue
        if (visit.count > 1) != (visit.every_days is not None):
            yield ("visits", index, "count"), "Give every_days and a count above 1 together."
        if track.anchor == "course":
            yield from _course_day_fits(index, visit, track)
        elif track.anchor == "enrollment":
            if visit.day < 0 and visit.day + visit.window_after_days > 0:
                reason = "The window of a visit before enrollment ends on the day of enrollment."
                yield ("visits", index, "window_after_days"), reason
        elif visit.day < 0:
            yield ("visits", index, "day"), "Only visits around enrollment have a day below 0."


def _course_day_fits(index: int, visit: Visit, track: Track) -> Iterator[Broken]:
    if visit.count > 1:
        yield ("visits", index, "count"), "Visits of a course repeat with the course."
    if visit.day < 1 or (track.course_days and visit.day > track.course_days):
        yield ("visits", index, "day"), f"The course has the days 1 to {track.course_days}."
    if visit.day == 1 and visit.window_before_days > track.start_after_days:
        reason = "The window of the first course would open before enrollment."
        yield ("visits", index, "window_before_days"), reason


def windows_do_not_overlap(definition: Definition) -> Iterator[Broken]:
    indexes = {visit.id: index for index, visit in enumerate(definition.visits)}
    for track in definition.tracks:
        days = sorted(_days(definition, track), key=lambda item: item[0])
        for (day, earlier), (next_day, later) in pairwise(days):
            if day + earlier.window_after_days >= next_day - later.window_before_days:
                reason = f"The window overlaps that of “{earlier.id}” on the same track."
                yield ("visits", indexes[later.id], "window_before_days"), reason
                break


def _days(definition: Definition, track: Track) -> Iterator[tuple[int, Visit]]:
    """Every visit of the track with its day; of the courses the first two tell all."""
    for visit in definition.visits_of(track):
        if track.anchor == "course":
            yield visit.day, visit
            yield visit.day + (track.course_days or 0), visit
        else:
            yield from ((offset, visit) for offset in visit.offsets_days)
