"""One patient's way through the schedule: which visits took place when, and what ended them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from enrollment.calc.definition import Definition
from enrollment.calc.schedule import PlannedVisit, plan
from reports.demo.history.chance import happens, on_weekday, weighted, within
from reports.demo.history.fate import Fate
from reports.demo.history.records import HeldVisit, Person
from reports.demo.history.tumor import Reader, Reading

LATE = ("public holiday", "the patient was traveling", "waited for the blood count", "no bed free")
MISSED = ("the patient was ill at home", "the patient was traveling", "forgotten by the patient")
GONE = {
    "death": "the patient had died",
    "lost": "the patient could not be reached",
    "withdrawal": "the patient had withdrawn",
}
FINAL_CHECK_DAYS = 545
RECENT_DAYS = 18
"""Visits of the last days may not have been entered yet."""


@dataclass
class Walk:
    """Decides each visit in the order of the schedule; the schedule follows what was decided."""

    definition: Definition
    person: Person
    enrolled_on: date
    fate: Fate
    reader: Reader
    rng: Random
    today: date
    visits: dict[str, HeldVisit] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    progressed_on: date | None = None
    treatment_ended: tuple[date, str] | None = None
    _waiting: set[str] = field(default_factory=set)
    """Tracks on which a visit is still to come, and so all later ones."""

    def __post_init__(self) -> None:
        known = (
            (self.fate.toxicity_on, "toxicity"),
            (self.fate.clinical_progression_on, "clinical-progression"),
            (self.fate.dies_on, "death"),
            (self.fate.withdraws_on, "withdrawal"),
            (self.fate.lost_on, "other"),
        )
        first = min(known)
        is_known = first[0] <= self.today and (first[1] != "other" or self.left_study is not None)
        self.treatment_ended = first if is_known else None
        if first[1] == "clinical-progression" and is_known:
            self.progressed_on = first[0]

    @property
    def left_study(self) -> tuple[date, str] | None:
        """Day and reason, as far as planned visits tell."""
        return self.fate.left_study(self.today)

    @property
    def courses(self) -> dict[int, date]:
        """The day on which each main course began, by its number."""
        return {
            held.planned.cycle: held.actual_date
            for held in self.visits.values()
            if held.planned.cycle
            and held.planned.day == 1
            and held.actual_date
            and self._is_main(held.planned)
        }

    def _is_main(self, item: PlannedVisit) -> bool:
        return item.track == self.definition.course_track.id

    def go(self) -> "Walk":
        while self._next_stretch():
            pass
        return self

    def study_ended(self) -> tuple[date, str] | None:
        """Day and reason. What happens after the last planned visit is learned at a final check."""
        left = self.left_study
        last_planned = self._plan(None)[-1].target_date
        if left is not None and left[0] <= last_planned:
            return left
        checked_on = on_weekday(self.enrolled_on + timedelta(days=FINAL_CHECK_DAYS))
        if not last_planned < checked_on <= self.today:
            return None
        return left if left is not None and left[0] <= checked_on else (checked_on, "completed")

    def held_visits(self) -> tuple[HeldVisit, ...]:
        """Every visit of the schedule as it stands today, those still to come included."""
        return tuple(
            HeldVisit(item, held.outcome, held.actual_date, held.reason)
            if (held := self.visits.get(item.key))
            else HeldVisit(item)
            for item in self._plan(self.left_study)
        )

    def _plan(self, left_study: tuple[date, str] | None) -> list[PlannedVisit]:
        actual = {key: held.actual_date for key, held in self.visits.items() if held.actual_date}
        return plan(
            self.definition,
            enrolled_on=self.enrolled_on,
            actual_dates=actual,
            treatment_ended_on=self.treatment_ended[0] if self.treatment_ended else None,
            progressed_on=self.progressed_on,
            study_ended_on=left_study[0] if left_study else None,
            regimen=self.person.regimen,
        )

    def _next_stretch(self) -> bool:
        """Decides visits until one of them moves the schedule; false when all are decided."""
        for item in self._plan(self.left_study):
            if item.key in self.visits or item.track in self._waiting:
                continue
            held = self._decide(item)
            if held is None:
                self._waiting.add(item.track)
                continue
            self.visits[item.key] = held
            if self._moves_schedule(item, held.actual_date):
                return True
        return False

    def _decide(self, item: PlannedVisit) -> HeldVisit | None:
        """None while the visit is still to come or not entered."""
        day = self._day_of(item)
        if day > self.fate.last_contact:
            left = self.left_study
            if left is None or item.target_date > self.today:
                return None
            return HeldVisit(item, "missed", None, GONE[left[1]])
        if day > self.today:
            return None
        is_first = item.day == 1 and item.cycle == 1
        if item.target_date >= self.enrolled_on and not is_first:
            if (self.today - day).days < RECENT_DAYS and happens(self.rng, 0.25):
                return None
            if happens(self.rng, 0.01 if item.day == 1 else 0.035):
                return HeldVisit(item, "missed", None, self.rng.choice(MISSED))
        reason = self.rng.choice(LATE) if item.days_outside_window(day) else ""
        return HeldVisit(item, "took-place", day, reason)

    def _day_of(self, item: PlannedVisit) -> date:
        if item.target_date < self.enrolled_on:
            first, last = self.person.screened_on, self.enrolled_on
            day = on_weekday(item.target_date + timedelta(days=self.rng.randint(-1, 1)))
            return min(max(day, first), last)
        before = (item.target_date - item.window_opens).days
        after = (item.window_closes - item.target_date).days
        kind = weighted(self.rng, (("close", 0.74), ("window", 0.2), ("late", 0.06)))
        if kind == "close":
            shift = self.rng.choice((-1, 0, 0, 0, 1))
        elif kind == "window":
            shift = self.rng.randint(-before, after)
        else:
            shift = after + self.rng.randint(1, 4)
        day = on_weekday(item.target_date + timedelta(days=int(within(shift, -before, 30))))
        return min(max(day, self._day_after_last(item)), self._last_possible_day(item))

    def _day_after_last(self, item: PlannedVisit) -> date:
        """Visits of a track keep their order."""
        held = [
            visit.actual_date + timedelta(days=1)
            for visit in self.visits.values()
            if visit.planned.track == item.track and visit.actual_date
        ]
        return max([*held, self.enrolled_on])

    def _last_possible_day(self, item: PlannedVisit) -> date:
        """No visit of the treatment after its end."""
        track = next(track for track in self.definition.tracks if track.id == item.track)
        ended = self.treatment_ended if track.until == "end_of_treatment" else None
        return ended[0] if ended else date.max

    def _moves_schedule(self, item: PlannedVisit, day: date | None) -> bool:
        """`day` is none for a missed visit."""
        is_moved = item.cycle is not None and item.day == 1
        if is_moved:
            self._end_when_completed(item, day or item.target_date)
        if day is not None and "tumor-assessment" in item.forms:
            is_moved = self._scan(item, day) or is_moved
        return is_moved

    def _end_when_completed(self, item: PlannedVisit, began_on: date) -> None:
        track = self.definition.course_track
        if self.definition.is_open_ended or item.cycle != track.courses or not self._is_main(item):
            return
        self._end_treatment(began_on + timedelta(days=track.course_days or 0), "completed")

    def _end_treatment(self, day: date, reason: str) -> None:
        ended = self.treatment_ended
        day = max([day, *self.courses.values()])
        if day <= self.today and (ended is None or day < ended[0]):
            self.treatment_ended = (day, reason)

    def _scan(self, item: PlannedVisit, day: date) -> bool:
        """Reads the scan; true when it is the first to show progression."""
        if not self.readings:
            self.readings[item.key] = self.reader.read_baseline()
            return False
        reading = self.reader.read((day - self.enrolled_on).days)
        self.readings[item.key] = reading
        if reading.response != "PD" or (self.progressed_on and self.progressed_on <= day):
            return False
        self.progressed_on = day
        self._end_treatment(day + timedelta(days=self.rng.randint(0, 7)), "progression")
        return True
