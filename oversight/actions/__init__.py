"""Every write of oversight: the life of a record, and what people ask about it."""

from oversight.actions.automatic import Raised, close_corrected, sync_automatic
from oversight.actions.queries import assign_query, comment_on, raise_query, respond
from oversight.actions.records import apply_event

__all__ = [
    "Raised",
    "apply_event",
    "assign_query",
    "close_corrected",
    "comment_on",
    "raise_query",
    "respond",
    "sync_automatic",
]
