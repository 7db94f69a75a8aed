import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from core.refusals import Refused
from oversight.calc.life_cycle import (
    TRANSITIONS,
    Event,
    State,
    TransitionRefused,
    after,
)
from oversight.policies import check_can_lock, check_can_sign, check_event


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_only_the_table_moves_a_record(state, event):
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
        check_event(state, event)
    else:
        with pytest.raises(TransitionRefused):
            after(state, event)
        with pytest.raises(Refused, match="This form is"):
            check_event(state, event)


@pytest.mark.parametrize("state", [State.VERIFIED, State.SIGNED])
def test_correction_drops_verification_and_signature(state):
    assert after(state, Event.CORRECT) is State.COMPLETE


def test_locked_record_takes_no_correction():
    with pytest.raises(TransitionRefused):
        after(State.LOCKED, Event.CORRECT)


def test_nothing_leads_back_to_a_draft():
    assert [old for old, event in TRANSITIONS if event is Event.SAVE_DRAFT] == [State.DRAFT]
    assert {new for (old, _event), new in TRANSITIONS.items() if old is not State.DRAFT} == {
        State.COMPLETE,
        State.VERIFIED,
        State.SIGNED,
        State.LOCKED,
    }


@pytest.mark.parametrize(
    ("state", "asks", "may"),
    [
        pytest.param("complete", False, True, id="outside the plan"),
        pytest.param("complete", True, False, id="in the plan, not verified"),
        pytest.param("verified", True, True, id="in the plan, verified"),
        pytest.param("draft", False, False, id="draft"),
        pytest.param("signed", False, False, id="signed"),
        pytest.param("locked", False, False, id="locked"),
    ],
)
def test_who_asks_for_verification_gets_it_before_the_signature(state, asks, may):
    assert allows(check_can_sign, state, asks_for_verification=asks) is may


@pytest.mark.parametrize(
    ("state", "asks", "may"),
    [
        pytest.param("complete", True, False, id="unsigned"),
        pytest.param("verified", True, False, id="verified, unsigned"),
        pytest.param("signed", True, True, id="signed"),
        pytest.param("complete", False, True, id="no signature needed"),
        pytest.param("draft", False, False, id="draft"),
        pytest.param("locked", False, False, id="locked"),
    ],
)
def test_forms_are_signed_before_they_are_locked(state, asks, may):
    assert allows(check_can_lock, state, asks_for_signature=asks) is may


def allows(check, state, **asked):
    try:
        check(state, **asked)
    except Refused:
        return False
    return True


class Life(RuleBasedStateMachine):
    """Any sequence of events, each tried whatever the state is."""

    def __init__(self):
        super().__init__()
        self.state = State.DRAFT
        self.was_completed = False

    @rule(event=st.sampled_from(Event))
    def happens(self, event):
        before = self.state
        if (before, event) not in TRANSITIONS:
            with pytest.raises(TransitionRefused):
                after(before, event)
            return
        self.state = after(before, event)
        assert TRANSITIONS[before, event] is self.state
        self.was_completed |= event is Event.COMPLETE

    @invariant()
    def only_a_draft_was_never_complete(self):
        assert (self.state is State.DRAFT) is (not self.was_completed)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
