"""States and events in the reader's language."""

from django.utils.translation import gettext as _

from oversight.calc.life_cycle import TRANSITIONS, Event, State
from oversight.models import RecordState


def state_words() -> dict[State, str]:
    return {state: str(RecordState(state.value).label) for state in State}


def event_words() -> dict[Event, str]:
    return {
        Event.SAVE_DRAFT: _("save"),
        Event.COMPLETE: _("complete"),
        Event.CORRECT: _("correct, with a reason"),
        Event.VERIFY: _("verify"),
        Event.UNVERIFY: _("take a tick back"),
        Event.SIGN: _("sign"),
        Event.BREAK: _("signature breaks"),
        Event.LOCK: _("lock"),
        Event.UNLOCK_TO_COMPLETE: _("unlock what was complete"),
        Event.UNLOCK_TO_VERIFIED: _("unlock what was verified"),
        Event.UNLOCK_TO_SIGNED: _("unlock what was signed"),
    }


def transitions_in_words() -> list[tuple[str, str, str]]:
    """State before, event, state after: each row of the table."""
    states, events = state_words(), event_words()
    return [(states[old], events[event], states[new]) for (old, event), new in TRANSITIONS.items()]
