"""The life of a query: one table of transitions, and nothing moves but by it."""

from enum import StrEnum


class QueryState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    REOPENED = "reopened"
    CLOSED = "closed"


class QueryEvent(StrEnum):
    ANSWER = "answer"
    COMMENT = "comment"
    CLOSE = "close"
    REOPEN = "reopen"


TO_ANSWER = (QueryState.OPEN, QueryState.REOPENED)
"""Waits for the site."""

NOT_CLOSED = (QueryState.OPEN, QueryState.REOPENED, QueryState.ANSWERED)

TRANSITIONS: dict[tuple[QueryState, QueryEvent], QueryState] = {
    (QueryState.OPEN, QueryEvent.ANSWER): QueryState.ANSWERED,
    (QueryState.OPEN, QueryEvent.COMMENT): QueryState.OPEN,
    (QueryState.OPEN, QueryEvent.CLOSE): QueryState.CLOSED,
    (QueryState.ANSWERED, QueryEvent.CLOSE): QueryState.CLOSED,
    (QueryState.ANSWERED, QueryEvent.REOPEN): QueryState.REOPENED,
    (QueryState.ANSWERED, QueryEvent.COMMENT): QueryState.ANSWERED,
    (QueryState.REOPENED, QueryEvent.ANSWER): QueryState.ANSWERED,
    (QueryState.REOPENED, QueryEvent.COMMENT): QueryState.REOPENED,
    (QueryState.REOPENED, QueryEvent.CLOSE): QueryState.CLOSED,
    (QueryState.CLOSED, QueryEvent.REOPEN): QueryState.REOPENED,
}

NEEDS_TEXT = frozenset({QueryEvent.ANSWER, QueryEvent.COMMENT, QueryEvent.REOPEN})
"""To close, the state says enough."""


class QueryTransitionRefused(Exception):
    """The query's state does not allow this event."""

    def __init__(self, state: QueryState, event: QueryEvent) -> None:
        super().__init__(f"a query that is {state} cannot take the event {event}")
        self.state, self.event = state, event


def query_after(state: QueryState, event: QueryEvent) -> QueryState:
    """
    Raises:
        QueryTransitionRefused: the table has no such row.
    """
    try:
        return TRANSITIONS[QueryState(state), event]
    except KeyError:
        raise QueryTransitionRefused(QueryState(state), event) from None


def events_in(state: QueryState) -> list[QueryEvent]:
    """What can happen to a query in this state, in the order of the table: the expected first."""
    return [event for known, event in TRANSITIONS if known == state]
