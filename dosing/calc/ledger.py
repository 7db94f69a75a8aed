"""What happens to a kit, and where its capsules are afterwards. One function decides: `after`.

A kit's capsules are always in exactly one of six places, which add up to what the kit was packed
with: on the way, on hand at the site, with the patient (taken ones among them), returned, lost,
destroyed. The ledger stores each move together with the state after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class Status(StrEnum):
    SENT = "sent"
    AVAILABLE = "available"
    RESERVED = "reserved"
    STARTED = "started"
    """The first day's capsules were dispensed, the rest waits for its release."""
    DISPENSED = "dispensed"
    RETURNED = "returned"
    LOST = "lost"
    DESTROYED = "destroyed"


class Kind(StrEnum):
    RECEIVE = "receive"
    RESERVE = "reserve"
    DISPENSE = "dispense"
    TAKE_BACK = "take-back"
    COUNT = "count"
    LOSE = "lose"
    LOSE_BY_PATIENT = "lose-by-patient"
    QUARANTINE = "quarantine"
    RELEASE = "release"
    SEND = "send"
    DESTROY = "destroy"
    CORRECT = "correct"
    """Undoes the last move that stands."""


class Fault(StrEnum):
    """Why a move is not possible."""

    STATUS = "status"
    SITE = "site"
    PATIENT = "patient"
    TOO_MANY = "too-many"
    NOTHING = "nothing"
    QUARANTINED = "quarantined"


class ImpossibleMove(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class State:
    """A kit as its ledger leaves it. Sites, patients and visits are ids.

    `site` holds the kit, or held it last; `bound_for` is where a kit on its way will arrive.
    """

    status: Status
    site: int | None
    bound_for: int | None
    patient: int | None = None
    visit: int | None = None
    is_quarantined: bool = False
    on_the_way: int = 0
    on_hand: int = 0
    with_patient: int = 0
    returned: int = 0
    lost: int = 0
    destroyed: int = 0

    @property
    def at_site(self) -> int:
        """What somebody who opens the kit at the site finds."""
        return self.on_hand + self.returned

    @property
    def total(self) -> int:
        return self.on_the_way + self.at_site + self.with_patient + self.lost + self.destroyed

    @property
    def is_free(self) -> bool:
        return self.status is Status.AVAILABLE and not self.is_quarantined


@dataclass(frozen=True, slots=True)
class Move:
    """`capsules` is none where the move is about all of them; for a count it is what was found."""

    kind: Kind
    site: int | None = None
    """Where it happens; the destination for `SEND`."""
    capsules: int | None = None
    patient: int | None = None
    visit: int | None = None


def packed(capsules: int, *, bound_for: int) -> State:
    """A kit as registered: packed and on the way to its first site."""
    return State(Status.SENT, site=None, bound_for=bound_for, on_the_way=capsules)


def replay(start: State, moves: Iterable[Move]) -> State:
    """The state after all moves.

    Raises:
        ImpossibleMove: one of them could not have happened.
    """
    states = [start]
    for move in moves:
        if move.kind is Kind.CORRECT:
            if len(states) == 1:
                raise ImpossibleMove(Fault.NOTHING)
            states.pop()
        else:
            states.append(after(states[-1], move))
    return states[-1]


def after(state: State, move: Move) -> State:
    """The state after a move other than a correction, which takes the state before instead.

    Raises:
        ImpossibleMove: the kit is not where the move needs it, or holds too few capsules.
    """
    if state.status not in _FROM[move.kind]:
        raise ImpossibleMove(Fault.STATUS)
    place = state.bound_for if state.status is Status.SENT else state.site
    if move.kind is not Kind.SEND and move.site != place:
        raise ImpossibleMove(Fault.SITE)
    if move.capsules is not None and move.capsules < 0:
        raise ImpossibleMove(Fault.TOO_MANY)
    return _STEPS[move.kind](state, move)


def _receive(state: State, move: Move) -> State:
    return replace(
        state,
        status=Status.AVAILABLE,
        site=move.site,
        bound_for=None,
        on_the_way=0,
        on_hand=state.on_hand + state.on_the_way,
    )


def _send(state: State, move: Move) -> State:
    _not_quarantined(state)
    if move.site is None or move.site == state.site:
        raise ImpossibleMove(Fault.SITE)
    return replace(
        state,
        status=Status.SENT,
        bound_for=move.site,
        on_hand=0,
        on_the_way=state.on_hand,
    )


def _reserve(state: State, move: Move) -> State:
    _not_quarantined(state)
    if move.patient is None or move.visit is None:
        raise ImpossibleMove(Fault.PATIENT)
    return replace(state, status=Status.RESERVED, patient=move.patient, visit=move.visit)


def _dispense(state: State, move: Move) -> State:
    _not_quarantined(state)
    if move.patient != state.patient or move.visit != state.visit:
        raise ImpossibleMove(Fault.PATIENT)
    given = _at_least_one(state.on_hand if move.capsules is None else move.capsules)
    left = _left(state.on_hand, given)
    return replace(
        state,
        status=Status.STARTED if left else Status.DISPENSED,
        on_hand=left,
        with_patient=state.with_patient + given,
    )


def _take_back(state: State, move: Move) -> State:
    if move.patient != state.patient:
        raise ImpossibleMove(Fault.PATIENT)
    back = move.capsules or 0
    return replace(
        state,
        status=Status.RETURNED,
        with_patient=_left(state.with_patient, back),
        returned=state.returned + back,
    )


def _count(state: State, move: Move) -> State:
    return state


def _lose(state: State, move: Move) -> State:
    """Capsules gone at the site or on the way; an unopened kit is lost as a whole."""
    if state.status in (Status.SENT, Status.AVAILABLE, Status.RESERVED):
        gone = state.on_the_way + state.on_hand
        if move.capsules not in (None, gone):
            raise ImpossibleMove(Fault.TOO_MANY)
        return replace(
            state,
            status=Status.LOST,
            bound_for=None,
            is_quarantined=False,
            on_the_way=0,
            on_hand=0,
            lost=state.lost + gone,
        )
    gone = _at_least_one(state.at_site if move.capsules is None else move.capsules)
    _left(state.at_site, gone)
    from_hand = min(state.on_hand, gone)
    return _lost_if_empty(
        replace(
            state,
            on_hand=state.on_hand - from_hand,
            returned=state.returned - (gone - from_hand),
            lost=state.lost + gone,
        )
    )


def _lose_by_patient(state: State, move: Move) -> State:
    if move.patient != state.patient:
        raise ImpossibleMove(Fault.PATIENT)
    gone = _at_least_one(state.with_patient if move.capsules is None else move.capsules)
    return _lost_if_empty(
        replace(
            state,
            with_patient=_left(state.with_patient, gone),
            lost=state.lost + gone,
        )
    )


def _quarantine(state: State, move: Move) -> State:
    """A reserved kit goes back to stock first, so that another can be chosen."""
    _not_quarantined(state)
    if state.status is Status.RESERVED:
        state = replace(state, status=Status.AVAILABLE, patient=None, visit=None)
    return replace(state, is_quarantined=True)


def _release(state: State, move: Move) -> State:
    if not state.is_quarantined:
        raise ImpossibleMove(Fault.STATUS)
    return replace(state, is_quarantined=False)


def _destroy(state: State, move: Move) -> State:
    gone = state.at_site
    if move.capsules not in (None, gone):
        raise ImpossibleMove(Fault.TOO_MANY)
    if not gone:
        raise ImpossibleMove(Fault.NOTHING)
    return replace(
        state,
        status=Status.DESTROYED,
        is_quarantined=False,
        on_hand=0,
        returned=0,
        destroyed=state.destroyed + gone,
    )


def _not_quarantined(state: State) -> None:
    if state.is_quarantined:
        raise ImpossibleMove(Fault.QUARANTINED)


def _at_least_one(capsules: int) -> int:
    if capsules < 1:
        raise ImpossibleMove(Fault.NOTHING)
    return capsules


def _left(held: int, taken: int) -> int:
    if taken > held:
        raise ImpossibleMove(Fault.TOO_MANY)
    return held - taken


def _lost_if_empty(state: State) -> State:
    if state.at_site + state.with_patient + state.destroyed == 0:
        return replace(state, status=Status.LOST, is_quarantined=False)
    return state


_OPENED = frozenset({Status.STARTED, Status.DISPENSED, Status.RETURNED})
_FROM: dict[Kind, frozenset[Status]] = {
    Kind.RECEIVE: frozenset({Status.SENT}),
    Kind.RESERVE: frozenset({Status.AVAILABLE}),
    Kind.DISPENSE: frozenset({Status.RESERVED, Status.STARTED}),
    Kind.TAKE_BACK: _OPENED,
    Kind.COUNT: frozenset({Status.AVAILABLE, Status.RESERVED, Status.STARTED, Status.RETURNED}),
    Kind.LOSE: frozenset(
        {Status.SENT, Status.AVAILABLE, Status.RESERVED, Status.STARTED, Status.RETURNED}
    ),
    Kind.LOSE_BY_PATIENT: _OPENED,
    Kind.QUARANTINE: frozenset({Status.AVAILABLE, Status.RESERVED, Status.STARTED}),
    Kind.RELEASE: frozenset({Status.AVAILABLE, Status.STARTED}),
    Kind.SEND: frozenset({Status.AVAILABLE}),
    Kind.DESTROY: frozenset({Status.AVAILABLE, Status.RETURNED}),
}
_STEPS = {
    Kind.RECEIVE: _receive,
    Kind.RESERVE: _reserve,
    Kind.DISPENSE: _dispense,
    Kind.TAKE_BACK: _take_back,
    Kind.COUNT: _count,
    Kind.LOSE: _lose,
    Kind.LOSE_BY_PATIENT: _lose_by_patient,
    Kind.QUARANTINE: _quarantine,
    Kind.RELEASE: _release,
    Kind.SEND: _send,
    Kind.DESTROY: _destroy,
}
