"""Dose-limiting toxicities (DLT) of a Phase I trial: of each patient, and of each event.

The day of the first dose is day 1 of the window; an event that begins on its last day counts, one
on the day after does not. Incomplete dates are read as everywhere (`outcomes.calc.emergence`): an
event counts unless its dates show that it cannot. Where a relation is not known it is taken for
related. So nothing is lost silently: the rule proposes, and an investigator confirms or overrules.

The rules of cohorts are in `outcomes.calc.cohorts`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.calc.partial_date import PartialDate
from enrollment.calc.definition import DoseLimitingToxicity
from outcomes.calc.doses import Course, Doses, Plan, doses_within
from outcomes.calc.emergence import Event, TreatmentPeriod, is_treatment_emergent


class Standing(StrEnum):
    """What an adverse event is."""

    NONE = ""
    PROPOSED = "proposed"
    """By the rule, and nobody has judged it as it stands now. It counts."""
    CONFIRMED = "confirmed"
    OVERRULED = "overruled"


class State(StrEnum):
    WAITING = "waiting"
    """No dose yet."""
    PENDING = "pending"
    EVALUABLE = "evaluable"
    """Without a DLT."""
    DLT = "dlt"
    NOT_EVALUABLE = "not-evaluable"


class Why(StrEnum):
    NONE = ""
    NEVER_TREATED = "never-treated"
    LEFT = "left"
    TOO_FEW_DOSES = "too-few-doses"
    DOSES_UNKNOWN = "doses-unknown"
    """Not evaluable: the forms are complete, and do not say."""
    DOSES_NOT_ENTERED = "doses-not-entered"
    """Pending: the window is over, and what was taken is still to be entered."""


@dataclass(frozen=True)
class Toxicity:
    """A row of the log of adverse events. `to_capsules`, `to_background`: None is not known."""

    key: int
    term: str
    grade: int | None
    started_on: PartialDate | None
    ended_on: PartialDate | None = None
    to_capsules: bool | None = None
    to_background: bool | None = None
    judged: bool | None = None
    """Whether the last judgement calls it dose-limiting; None: nobody has judged it."""
    is_changed: bool = False
    """The event says something else than when it was judged."""

    @property
    def must_be_judged(self) -> bool:
        return self.judged is None or self.is_changed


@dataclass(frozen=True)
class Person:
    """An enrolled patient with what is on record."""

    number: str
    enrolled_on: date
    plan: Plan
    first_dose_on: date | None = None
    treatment_ended_on: date | None = None
    left_on: date | None = None
    """End of study or death, the earlier one."""
    events: tuple[Toxicity, ...] = ()
    courses: tuple[Course, ...] = ()


@dataclass(frozen=True)
class Assessed:
    """`window_ends_on`: the last day that counts. `taken` and `planned`: capsules in the window,
    `taken` None where the forms do not say."""

    person: Person
    state: State
    why: Why = Why.NONE
    window_ends_on: date | None = None
    counting: tuple[Toxicity, ...] = ()
    """The events that make it a DLT, the first one first."""
    planned: int = 0
    taken: int | None = None

    @property
    def is_evaluable(self) -> bool:
        return self.state in (State.EVALUABLE, State.DLT)

    @property
    def is_pending(self) -> bool:
        return self.state in (State.WAITING, State.PENDING)


def window_of(first_dose_on: date, window_days: int) -> TreatmentPeriod:
    return TreatmentPeriod(first_dose_on, first_dose_on + timedelta(days=window_days - 1))


def standing(event: Toxicity, person: Person, rule: DoseLimitingToxicity) -> Standing:
    """A judgement holds while the event stays as it was judged. Of one that changed since, only a
    confirmation holds on: changing an event never takes a DLT off the board by itself."""
    if event.judged:
        return Standing.CONFIRMED
    if event.judged is False and not event.is_changed:
        return Standing.OVERRULED
    return Standing.PROPOSED if is_proposed(event, person, rule) else Standing.NONE


def is_proposed(event: Toxicity, person: Person, rule: DoseLimitingToxicity) -> bool:
    least_grade = rule.least_grade_of(event.term)
    if least_grade is None or event.grade is None or event.grade < least_grade:
        return False
    return _may_be_related(event, rule) and is_within(event, person, rule)


def is_within(event: Toxicity, person: Person, rule: DoseLimitingToxicity) -> bool:
    """The event emerged in the window, by the rule for emergence under treatment."""
    if person.first_dose_on is None:
        return False
    others = tuple(_event(other) for other in person.events if other.key != event.key)
    period = window_of(person.first_dose_on, rule.window_days)
    return is_treatment_emergent(_event(event), period=period, others=others)


def assess(person: Person, rule: DoseLimitingToxicity, *, today: date) -> Assessed:
    """`today`: rows that are dated later are not known yet."""
    first = person.first_dose_on
    has_ended = _by(person.treatment_ended_on, today)
    if first is None or first > today:
        if has_ended or _by(person.left_on, today):
            return Assessed(person, State.NOT_EVALUABLE, Why.NEVER_TREATED)
        return Assessed(person, State.WAITING)
    last = first + timedelta(days=rule.window_days - 1)
    doses = doses_within(person.courses, person.plan, first=first, last=last, is_over=has_ended)
    counting = _counting(person, rule, today)
    left_on = person.left_on
    if counting:
        state, why = State.DLT, Why.NONE
    elif left_on is not None and _by(left_on, today) and left_on < last:
        state, why = State.NOT_EVALUABLE, Why.LEFT
    elif today <= last:
        state, why = State.PENDING, Why.NONE
    else:
        state, why = _by_doses(doses, rule)
    taken = doses.least if doses.least == doses.most else None
    return Assessed(person, state, why, last, counting, doses.planned, taken)


def _by_doses(doses: Doses, rule: DoseLimitingToxicity) -> tuple[State, Why]:
    """Of somebody without a DLT whose window is over."""
    needed = rule.least_doses_percent * doses.planned
    if 100 * doses.least >= needed:
        return State.EVALUABLE, Why.NONE
    if 100 * doses.most < needed:
        return State.NOT_EVALUABLE, Why.TOO_FEW_DOSES
    if doses.is_open:
        return State.PENDING, Why.DOSES_NOT_ENTERED
    return State.NOT_EVALUABLE, Why.DOSES_UNKNOWN


def _counting(person: Person, rule: DoseLimitingToxicity, today: date) -> tuple[Toxicity, ...]:
    counts = (Standing.PROPOSED, Standing.CONFIRMED)
    found = [
        event
        for event in person.events
        if (event.started_on is None or event.started_on.first_day <= today)
        and standing(event, person, rule) in counts
    ]
    return in_order(found)


def in_order(events: Iterable[Toxicity]) -> tuple[Toxicity, ...]:
    """By onset, the worse one first; those without one last."""

    def place(event: Toxicity) -> tuple[date, int, int]:
        onset = event.started_on.first_day if event.started_on is not None else date.max
        return onset, -(event.grade or 0), event.key

    return tuple(sorted(events, key=place))


def _may_be_related(event: Toxicity, rule: DoseLimitingToxicity) -> bool:
    if rule.related_to == "any" or event.to_capsules is not False:
        return True
    return rule.related_to == "capsules_or_background" and event.to_background is not False


def _event(event: Toxicity) -> Event:
    return Event(event.term, event.grade or 0, event.started_on, event.ended_on)


def _by(day: date | None, today: date) -> bool:
    return day is not None and day <= today
