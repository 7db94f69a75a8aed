"""The life of a query: every state with every event."""

from itertools import product

import pytest

from oversight.calc.query_cycle import (
    NOT_CLOSED,
    QueryEvent,
    QueryState,
    QueryTransitionRefused,
    events_in,
    query_after,
)

ALLOWED = {
    ("open", "answer"): "answered",
    ("open", "comment"): "open",
    ("open", "close"): "closed",
    ("answered", "comment"): "answered",
    ("answered", "reopen"): "reopened",
    ("answered", "close"): "closed",
    ("reopened", "answer"): "answered",
    ("reopened", "comment"): "reopened",
    ("reopened", "close"): "closed",
    ("closed", "reopen"): "reopened",
}


@pytest.mark.parametrize(("state", "event"), list(product(QueryState, QueryEvent)))
def test_event_leads_where_the_table_says_or_nowhere(state, event):
    if (state, event) in ALLOWED:
        assert query_after(state, event) == ALLOWED[state, event]
    else:
        with pytest.raises(QueryTransitionRefused, match=str(event)):
            query_after(state, event)


def test_closed_query_can_only_be_reopened():
    assert events_in(QueryState.CLOSED) == [QueryEvent.REOPEN]


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (QueryState.OPEN, QueryEvent.ANSWER),
        (QueryState.REOPENED, QueryEvent.ANSWER),
        (QueryState.ANSWERED, QueryEvent.CLOSE),
    ],
)
def test_what_moves_a_query_on_is_offered_first(state, event):
    assert events_in(state)[0] == event


def test_whatever_is_not_closed_can_be_closed():
    assert all(QueryEvent.CLOSE in events_in(state) for state in NOT_CLOSED)
    assert set(NOT_CLOSED) == set(QueryState) - {QueryState.CLOSED}
