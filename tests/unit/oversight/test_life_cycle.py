import pytest

from oversight.calc.life_cycle import TRANSITIONS, Event, State, TransitionRefused, after


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_only_the_table_moves_a_record(state, event):
    if (state, event) in TRANSITIONS:
        assert after(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(TransitionRefused):
            after(state, event)


@pytest.mark.parametrize("state", [State.VERIFIED, State.SIGNED])
def test_correction_drops_verification_and_signature(state):
    assert after(state, Event.CORRECT) is State.COMPLETE


def test_locked_record_takes_no_correction():
    with pytest.raises(TransitionRefused):
        after(State.LOCKED, Event.CORRECT)
