"""Moving a record through its life."""

from datetime import datetime

from core.models import User
from oversight.calc.life_cycle import Event, State, after
from oversight.models import Record


def apply_event(record: Record, event: Event, *, by: User, at: datetime) -> None:
    """Sets state and completion on the record, which the caller saves.

    Raises:
        TransitionRefused: the record's state does not allow the event.
    """
    before, record.state = record.state, after(State(record.state), event).value
    if before == State.DRAFT and record.state == State.COMPLETE:
        record.completed_by, record.completed_at = by, at
