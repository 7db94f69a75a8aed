"""What happens to a tube, and where it is and what is left in it afterwards. `after` decides.

A tube holds a specimen as it was collected, an aliquot of one or a derivative such as DNA. It is
always in exactly one place. What it held at first is what is left, what was taken out and what was
discarded; an aliquot begins with what was taken for it, so that no volume comes or goes. Whether a
tube is frozen, and how often it thawed, follows from where it was.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

FROZEN_AT_C = Decimal(-10)
"""Stored, packed or received at this or colder, a tube is frozen; warmer, it thaws."""
COLD_AT_C = Decimal(8)
"""The upper end of a refrigerator, 2 to 8 °C: the end of the time to cold."""


class Where(StrEnum):
    COLLECTED = "collected"
    """With the patient, on the ward or on the way to the laboratory of the site."""
    BENCH = "bench"
    """In a laboratory, in no freezer."""
    STORED = "stored"
    ON_THE_WAY = "on-the-way"
    MISSING = "missing"
    USED_UP = "used-up"
    DISCARDED = "discarded"


class Kind(StrEnum):
    COLLECT = "collect"
    MAKE = "make"
    """The tube's content was taken from another tube."""
    RECEIVE = "receive"
    STORE = "store"
    MOVE = "move"
    REMOVE = "remove"
    THAW = "thaw"
    ALIQUOT = "aliquot"
    """Part of it went into other tubes unchanged."""
    DERIVE = "derive"
    """Part of it was made into something else: DNA, plasma."""
    USE = "use"
    SHIP = "ship"
    ARRIVE = "arrive"
    MISS = "miss"
    """Did not arrive with the rest of its shipment."""
    HOLD = "hold"
    RELEASE = "release"
    DISCARD = "discard"
    REMARK = "remark"
    """Something was found discrepant; changes nothing."""


class Fault(StrEnum):
    """Why an event is not possible."""

    PLACE = "place"
    HELD = "held"
    NOT_HELD = "not-held"
    NOT_FROZEN = "not-frozen"
    NOTHING = "nothing"
    TOO_MUCH = "too-much"


class ImpossibleEvent(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class State:
    """A tube as its events leave it. Laboratories and boxes are ids; `left` is in the tube's unit.

    A laboratory holds it on the bench and in store; a box holds it in store only.
    """

    where: Where
    left: Decimal
    laboratory: int | None = None
    box: int | None = None
    is_frozen: bool = False
    freeze_thaws: int = 0
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """`taken` is what leaves the tube; `temperature_c` where it is then."""

    kind: Kind
    taken: Decimal | None = None
    temperature_c: Decimal | None = None
    laboratory: int | None = None
    box: int | None = None


LIVING = frozenset({Where.COLLECTED, Where.BENCH, Where.STORED, Where.ON_THE_WAY})
ENDED = frozenset({Where.USED_UP, Where.DISCARDED})
_AT_HAND = frozenset({Where.COLLECTED, Where.BENCH, Where.STORED})
_FROM = {
    Kind.RECEIVE: frozenset({Where.COLLECTED, Where.MISSING}),
    Kind.STORE: frozenset({Where.BENCH}),
    Kind.MOVE: frozenset({Where.STORED}),
    Kind.REMOVE: frozenset({Where.STORED}),
    Kind.THAW: frozenset({Where.BENCH}),
    Kind.ALIQUOT: frozenset({Where.BENCH}),
    Kind.DERIVE: frozenset({Where.BENCH}),
    Kind.USE: frozenset({Where.BENCH}),
    Kind.SHIP: frozenset({Where.BENCH, Where.STORED}),
    Kind.ARRIVE: frozenset({Where.ON_THE_WAY}),
    Kind.MISS: frozenset({Where.ON_THE_WAY}),
    Kind.HOLD: LIVING | {Where.MISSING},
    Kind.RELEASE: LIVING | {Where.MISSING},
    Kind.DISCARD: _AT_HAND,
    Kind.REMARK: LIVING | {Where.MISSING},
}
TAKING = frozenset({Kind.ALIQUOT, Kind.DERIVE, Kind.USE})
USING = TAKING | {Kind.SHIP}
"""What is not done with a tube that is held."""


def collected(amount: Decimal) -> State:
    """As it was collected.

    Raises:
        ImpossibleEvent: the amount is not above 0.
    """
    _some(amount)
    return State(Where.COLLECTED, amount)


def made_from(parent: State, amount: Decimal) -> State:
    """A tube filled from another on the bench: it thawed as often before.

    Raises:
        ImpossibleEvent: the amount is not above 0.
    """
    _some(amount)
    return State(
        Where.BENCH,
        amount,
        laboratory=parent.laboratory,
        is_frozen=parent.is_frozen,
        freeze_thaws=parent.freeze_thaws,
    )


def possible(state: State) -> frozenset[Kind]:
    """What can be done with the tube where it is."""
    kinds = {kind for kind, places in _FROM.items() if state.where in places}
    if state.is_held:
        kinds -= USING | {Kind.HOLD}
    else:
        kinds -= {Kind.RELEASE}
    if not state.is_frozen:
        kinds -= {Kind.THAW}
    return frozenset(kinds)


def after(state: State, event: Event) -> State:
    """The state after an event other than the first.

    Raises:
        ImpossibleEvent: the tube is not where the event needs it, is held, or holds too little.
    """
    kind = event.kind
    if state.where not in _FROM.get(kind, ()):
        raise ImpossibleEvent(Fault.PLACE)
    if kind in USING and state.is_held:
        raise ImpossibleEvent(Fault.HELD)
    if kind in TAKING:
        return _take(state, event.taken)
    if kind is Kind.THAW and not state.is_frozen:
        raise ImpossibleEvent(Fault.NOT_FROZEN)
    if kind in (Kind.HOLD, Kind.RELEASE):
        if state.is_held == (kind is Kind.HOLD):
            raise ImpossibleEvent(Fault.HELD if state.is_held else Fault.NOT_HELD)
        return replace(state, is_held=kind is Kind.HOLD)
    if kind is Kind.DISCARD:
        return replace(_placed(state, Where.DISCARDED), left=Decimal(0), is_frozen=False)
    return _move(state, event)


def _move(state: State, event: Event) -> State:
    match event.kind:
        case Kind.RECEIVE:
            moved = _placed(state, Where.BENCH, laboratory=event.laboratory)
        case Kind.STORE | Kind.MOVE:
            moved = _placed(state, Where.STORED, laboratory=event.laboratory, box=event.box)
        case Kind.REMOVE:
            moved = _placed(state, Where.BENCH, laboratory=state.laboratory)
        case Kind.THAW:
            return _at(state, None)
        case Kind.SHIP:
            moved = _placed(state, Where.ON_THE_WAY)
        case Kind.ARRIVE:
            moved = _placed(state, Where.BENCH, laboratory=event.laboratory)
        case Kind.MISS:
            return _placed(state, Where.MISSING)
        case _:
            return state
    return moved if event.temperature_c is None else _at(moved, event.temperature_c)


def _placed(
    state: State, where: Where, *, laboratory: int | None = None, box: int | None = None
) -> State:
    return replace(state, where=where, laboratory=laboratory, box=box)


def _at(state: State, temperature_c: Decimal | None) -> State:
    """At the temperature, or (none) left to thaw."""
    is_frozen = temperature_c is not None and temperature_c <= FROZEN_AT_C
    thaws = state.is_frozen and not is_frozen
    return replace(state, is_frozen=is_frozen, freeze_thaws=state.freeze_thaws + thaws)


def _take(state: State, taken: Decimal | None) -> State:
    if taken is None:
        raise ImpossibleEvent(Fault.NOTHING)
    _some(taken)
    if taken > state.left:
        raise ImpossibleEvent(Fault.TOO_MUCH)
    left = state.left - taken
    if left:
        return replace(state, left=left)
    return replace(_placed(state, Where.USED_UP), left=left, is_frozen=False)


def _some(amount: Decimal) -> None:
    if not amount > 0:
        raise ImpossibleEvent(Fault.NOTHING)


# --- Times, from what the events say -------------------------------------------------------------

Temperatures = Iterable[tuple[datetime, Decimal | None]]
"""When each event was, in order, and at what temperature the tube was then; none where unknown."""


def cold_after(collected_at: datetime, temperatures: Temperatures) -> timedelta | None:
    """From collection until the tube was first known to be cold; none if it never was."""
    return _until(collected_at, temperatures, COLD_AT_C)


def frozen_after(collected_at: datetime, temperatures: Temperatures) -> timedelta | None:
    """From collection to the freezer."""
    return _until(collected_at, temperatures, FROZEN_AT_C)


def _until(start: datetime, temperatures: Temperatures, limit_c: Decimal) -> timedelta | None:
    for at, temperature_c in temperatures:
        if temperature_c is not None and temperature_c <= limit_c:
            return at - start
    return None


def time_frozen(states: Iterable[tuple[datetime, bool]], until: datetime) -> timedelta:
    """How long the tube has been frozen, all periods together.

    `states` are the times of its events in order, and whether it was frozen after each.
    """
    total, since = timedelta(), None
    for at, is_frozen in states:
        if is_frozen and since is None:
            since = at
        elif not is_frozen and since is not None:
            total, since = total + (at - since), None
    return total + (until - since) if since is not None else total
