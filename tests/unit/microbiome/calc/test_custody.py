from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microbiome.calc.custody import (
    ENDED,
    TAKING,
    Event,
    Fault,
    ImpossibleEvent,
    Kind,
    State,
    Where,
    after,
    cold_after,
    collected,
    frozen_after,
    made_from,
    possible,
    time_frozen,
)

D = Decimal
LAB, BOX = 7, 3
RECEIVE = Event(Kind.RECEIVE, temperature_c=D(4), laboratory=LAB)
STORE = Event(Kind.STORE, temperature_c=D(-80), laboratory=LAB, box=BOX)
LATER = [kind for kind in Kind if kind not in (Kind.COLLECT, Kind.MAKE)]


def told(kind, taken=None, temperature=None):
    return Event(
        kind,
        taken=taken if kind in TAKING else None,
        temperature_c=temperature,
        laboratory=LAB,
        box=BOX if kind in (Kind.STORE, Kind.MOVE) else None,
    )


EVENTS = st.builds(
    told,
    st.sampled_from(LATER),
    st.decimals(D("-1"), D(6), places=3),
    st.none() | st.sampled_from([D(-80), D(-10), D("-9.9"), D(4), D(22)]),
)


def run(state, events):
    """All states on the way; what is impossible did not happen."""
    for event in events:
        try:
            new = after(state, event)
        except ImpossibleEvent:
            continue
        yield state, event, new
        state = new


@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_volume_is_conserved_and_a_tube_is_in_one_place(events):
    taken = D(0)
    for before, event, new in run(collected(D(5)), events):
        assert before.where not in ENDED, "no event after the end"
        taken += event.taken or 0
        discarded = before.left if event.kind is Kind.DISCARD else 0
        assert new.left >= 0
        assert new.left + taken + discarded == 5
        assert (new.box is not None) == (new.where is Where.STORED)
        assert (new.laboratory is not None) == (new.where in (Where.BENCH, Where.STORED))
        assert (
            0 <= new.freeze_thaws - before.freeze_thaws <= (before.is_frozen and not new.is_frozen)
        )


@given(st.lists(EVENTS, max_size=40))
def test_possible_says_what_after_accepts(events):
    states = [collected(D(5)), *(new for _old, _event, new in run(collected(D(5)), events))]
    for state in states:
        for kind in LATER:
            try:
                after(state, told(kind, state.left or D(1), D(-80)))
            except ImpossibleEvent:
                assert kind not in possible(state)
            else:
                assert kind in possible(state)


@given(st.lists(st.decimals(D("0.001"), D(2), places=3), max_size=6))
def test_a_tube_and_its_aliquots_hold_what_was_collected(amounts):
    parent, parts = after(collected(D(5)), RECEIVE), []
    for amount in amounts:
        try:
            left = after(parent, Event(Kind.ALIQUOT, taken=amount))
        except ImpossibleEvent:
            continue
        parts.append(made_from(parent, amount))
        parent = left
    assert parent.left + sum(part.left for part in parts) == 5


@pytest.mark.parametrize(
    ("temperature", "frozen", "thaws"),
    [
        pytest.param("-10", True, 0, id="just frozen"),
        pytest.param("-9.9", False, 1, id="just thawed"),
    ],
)
def test_arriving_warm_is_a_thaw(temperature, frozen, thaws):
    stored = after(after(collected(D(5)), RECEIVE), STORE)
    sent = after(stored, Event(Kind.SHIP, temperature_c=D(-78)))
    here = after(sent, Event(Kind.ARRIVE, temperature_c=D(temperature), laboratory=9))
    assert (here.is_frozen, here.freeze_thaws) == (frozen, thaws)


def test_an_aliquot_has_thawed_as_often_as_its_tube():
    stored = after(after(collected(D(5)), RECEIVE), STORE)
    thawed = after(after(stored, Event(Kind.REMOVE)), Event(Kind.THAW))
    assert made_from(thawed, D(1)).freeze_thaws == 1


def test_the_last_drop_ends_the_tube():
    empty = after(after(collected(D(5)), RECEIVE), Event(Kind.USE, taken=D(5)))
    assert empty.where is Where.USED_UP


@pytest.mark.parametrize(
    ("state", "event", "fault"),
    [
        (collected(D(5)), STORE, Fault.PLACE),
        (after(collected(D(5)), RECEIVE), Event(Kind.USE, taken=D("5.001")), Fault.TOO_MUCH),
        (after(collected(D(5)), RECEIVE), Event(Kind.USE, taken=D(0)), Fault.NOTHING),
        (after(collected(D(5)), RECEIVE), Event(Kind.USE), Fault.NOTHING),
        (after(collected(D(5)), RECEIVE), Event(Kind.THAW), Fault.NOT_FROZEN),
        (collected(D(5)), Event(Kind.RELEASE), Fault.NOT_HELD),
        (State(Where.BENCH, D(5), LAB, is_held=True), Event(Kind.SHIP), Fault.HELD),
        (State(Where.BENCH, D(5), LAB, is_held=True), Event(Kind.HOLD), Fault.HELD),
        (State(Where.BENCH, D(5), LAB), Event(Kind.COLLECT), Fault.PLACE),
    ],
)
def test_impossible_events_say_why(state, event, fault):
    with pytest.raises(ImpossibleEvent) as refused:
        after(state, event)
    assert refused.value.fault is fault


def test_times_are_counted_to_the_first_cold_and_over_all_frost():
    start = datetime(2026, 1, 5, 6, tzinfo=UTC)
    hours = [start + timedelta(hours=number) for number in range(6)]
    temperatures = list(zip(hours, [None, D("8.1"), D(8), D(-80), None, D(-80)], strict=True))
    assert cold_after(start, temperatures) == timedelta(hours=2)
    assert frozen_after(start, temperatures) == timedelta(hours=3)
    assert cold_after(start, temperatures[:2]) is None
    frozen = list(zip(hours, [False, False, False, True, False, True], strict=True))
    assert time_frozen(frozen, hours[5] + timedelta(hours=4)) == timedelta(hours=5)
