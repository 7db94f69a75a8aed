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
    UNVERIFY = "unverify"
    SIGN = "sign"
    BREAK = "break"
    LOCK = "lock"
    UNLOCK_TO_COMPLETE = "unlock-to-complete"
    UNLOCK_TO_VERIFIED = "unlock-to-verified"
    UNLOCK_TO_SIGNED = "unlock-to-signed"


TRANSITIONS: dict[tuple[State, Event], State] = {
    (State.DRAFT, Event.SAVE_DRAFT): State.DRAFT,
    (State.DRAFT, Event.COMPLETE): State.COMPLETE,
    # A correction drops verification and signature: somebody has to look at it again.
    (State.COMPLETE, Event.CORRECT): State.COMPLETE,
    (State.VERIFIED, Event.CORRECT): State.COMPLETE,
    (State.SIGNED, Event.CORRECT): State.COMPLETE,
    (State.COMPLETE, Event.VERIFY): State.VERIFIED,
    (State.VERIFIED, Event.UNVERIFY): State.COMPLETE,
    # Straight from complete where the sampling plan asks for no verification; the policy says so.
    (State.COMPLETE, Event.SIGN): State.SIGNED,
    (State.VERIFIED, Event.SIGN): State.SIGNED,
    # What was signed is no longer what is stored, though nobody corrected it through a form.
    (State.SIGNED, Event.BREAK): State.COMPLETE,
    # Unsigned only where the trial asks for no signature; the policy says so.
    (State.COMPLETE, Event.LOCK): State.LOCKED,
    (State.VERIFIED, Event.LOCK): State.LOCKED,
    (State.SIGNED, Event.LOCK): State.LOCKED,
    # Back to where the lock found it.
    (State.LOCKED, Event.UNLOCK_TO_COMPLETE): State.COMPLETE,
    (State.LOCKED, Event.UNLOCK_TO_VERIFIED): State.VERIFIED,
    (State.LOCKED, Event.UNLOCK_TO_SIGNED): State.SIGNED,
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
