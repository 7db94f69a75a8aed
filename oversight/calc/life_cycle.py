"""The life of a record: one table of transitions, and nothing moves but by it."""

from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    COMPLETE = "complete"
    VERIFIED = "verified"
    SIGNED = "signed"
    LOCKED = "locked"


class Event(StrEnum):
    SAVE_DRAFT = "save-draft"
    COMPLETE = "complete"
    CORRECT = "correct"
    VERIFY = "verify"
    SIGN = "sign"
    LOCK = "lock"
    UNLOCK = "unlock"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.DRAFT, Event.SAVE_DRAFT): State.DRAFT,
    (State.DRAFT, Event.COMPLETE): State.COMPLETE,
    # A correction drops verification and signature: somebody has to look at it again.
    (State.COMPLETE, Event.CORRECT): State.COMPLETE,
    (State.VERIFIED, Event.CORRECT): State.COMPLETE,
    (State.SIGNED, Event.CORRECT): State.COMPLETE,
    (State.COMPLETE, Event.VERIFY): State.VERIFIED,
    (State.VERIFIED, Event.SIGN): State.SIGNED,
    (State.SIGNED, Event.LOCK): State.LOCKED,
    (State.LOCKED, Event.UNLOCK): State.SIGNED,
}


class TransitionRefused(Exception):
    """The record's state does not allow this event."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"a {state} record cannot take the event {event}")
        self.state, self.event = state, event


def after(state: State, event: Event) -> State:
    """
    Raises:
        TransitionRefused: the table has no such row.
    """
    try:
        return TRANSITIONS[State(state), event]
    except KeyError:
        raise TransitionRefused(State(state), event) from None
