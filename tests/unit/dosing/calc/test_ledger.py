import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dosing.calc.ledger import Fault, ImpossibleMove, Kind, Move, Status, after, packed, replay

HERE, THERE = 1, 2
ANNA = {"patient": 11, "visit": 21}
START = packed(60, bound_for=HERE)
RECEIVE = Move(Kind.RECEIVE, HERE)
RESERVE = Move(Kind.RESERVE, HERE, **ANNA)
FIRST_DAY = Move(Kind.DISPENSE, HERE, 6, **ANNA)
REST = Move(Kind.DISPENSE, HERE, **ANNA)
QUARANTINE = Move(Kind.QUARANTINE, HERE)
RELEASE = Move(Kind.RELEASE, HERE)
UNDO = Move(Kind.CORRECT)


def back(capsules):
    return Move(Kind.TAKE_BACK, HERE, capsules, patient=11)


def state(*moves):
    return replay(START, moves)


def test_usual_way_of_a_kit():
    kit = state(RECEIVE, RESERVE, FIRST_DAY, REST, back(4), Move(Kind.DESTROY, HERE))
    assert (kit.status, kit.with_patient, kit.destroyed) == (Status.DESTROYED, 56, 4)


def test_first_day_leaves_the_rest_on_hand():
    kit = state(RECEIVE, RESERVE, FIRST_DAY)
    assert (kit.status, kit.on_hand, kit.with_patient) == (Status.STARTED, 54, 6)


def test_rest_that_is_not_released_is_destroyed_at_the_site():
    kit = state(RECEIVE, RESERVE, FIRST_DAY, back(0), Move(Kind.DESTROY, HERE))
    assert (kit.destroyed, kit.with_patient) == (54, 6)


def test_kit_goes_to_another_site_and_is_received_there_only():
    sent = state(RECEIVE, Move(Kind.SEND, THERE))
    assert (sent.status, sent.on_the_way, sent.bound_for) == (Status.SENT, 60, THERE)
    with pytest.raises(ImpossibleMove):
        after(sent, RECEIVE)
    assert after(sent, Move(Kind.RECEIVE, THERE)).site == THERE


def test_quarantine_frees_a_reserved_kit():
    kit = state(RECEIVE, RESERVE, QUARANTINE)
    assert (kit.status, kit.patient, kit.is_free) == (Status.AVAILABLE, None, False)
    assert after(kit, RELEASE).is_free


def test_correction_is_the_state_before():
    assert state(RECEIVE, RESERVE, UNDO) == state(RECEIVE)
    assert state(RECEIVE, RESERVE, FIRST_DAY, UNDO, UNDO) == state(RECEIVE)


def test_unopened_kit_is_lost_as_a_whole():
    assert state(RECEIVE, Move(Kind.LOSE, HERE)).status is Status.LOST
    with pytest.raises(ImpossibleMove):
        state(RECEIVE, Move(Kind.LOSE, HERE, 3))


def test_capsules_lost_by_the_patient_are_no_longer_with_the_patient():
    kit = state(RECEIVE, RESERVE, REST, Move(Kind.LOSE_BY_PATIENT, HERE, 2, patient=11))
    assert (kit.with_patient, kit.lost, kit.status) == (58, 2, Status.DISPENSED)


def test_whole_kit_lost_by_the_patient_is_lost():
    kit = state(RECEIVE, RESERVE, REST, Move(Kind.LOSE_BY_PATIENT, HERE, 60, patient=11))
    assert kit.status is Status.LOST


@pytest.mark.parametrize(
    ("moves", "fault"),
    [
        pytest.param([RESERVE], Fault.STATUS, id="not received"),
        pytest.param([RECEIVE, RECEIVE], Fault.STATUS, id="received twice"),
        pytest.param([RECEIVE, REST], Fault.STATUS, id="not chosen"),
        pytest.param([RECEIVE, RESERVE, RESERVE], Fault.STATUS, id="chosen twice"),
        pytest.param([RECEIVE, RESERVE, REST, REST], Fault.STATUS, id="dispensed twice"),
        pytest.param([RECEIVE, QUARANTINE, RESERVE], Fault.QUARANTINED, id="in quarantine"),
        pytest.param(
            [RECEIVE, RESERVE, FIRST_DAY, QUARANTINE, REST], Fault.QUARANTINED, id="rest too"
        ),
        pytest.param([RECEIVE, QUARANTINE, QUARANTINE], Fault.QUARANTINED, id="quarantined twice"),
        pytest.param([RECEIVE, RELEASE], Fault.STATUS, id="nothing to release"),
        pytest.param([RECEIVE, Move(Kind.RESERVE, THERE, **ANNA)], Fault.SITE, id="other site"),
        pytest.param([RECEIVE, Move(Kind.RESERVE, HERE)], Fault.PATIENT, id="for nobody"),
        pytest.param(
            [RECEIVE, RESERVE, Move(Kind.DISPENSE, HERE, patient=12, visit=21)],
            Fault.PATIENT,
            id="another patient",
        ),
        pytest.param(
            [RECEIVE, RESERVE, Move(Kind.DISPENSE, HERE, 61, **ANNA)], Fault.TOO_MANY, id="61 of 60"
        ),
        pytest.param(
            [RECEIVE, RESERVE, Move(Kind.DISPENSE, HERE, 0, **ANNA)], Fault.NOTHING, id="none"
        ),
        pytest.param(
            [RECEIVE, RESERVE, Move(Kind.DISPENSE, HERE, -6, **ANNA)], Fault.TOO_MANY, id="below 0"
        ),
        pytest.param([RECEIVE, RESERVE, FIRST_DAY, back(7)], Fault.TOO_MANY, id="7 of 6 returned"),
        pytest.param(
            [RECEIVE, RESERVE, REST, Move(Kind.TAKE_BACK, HERE, 1, patient=12)],
            Fault.PATIENT,
            id="returned by another patient",
        ),
        pytest.param(
            [RECEIVE, RESERVE, REST, back(0), Move(Kind.DESTROY, HERE)], Fault.NOTHING, id="empty"
        ),
        pytest.param([RECEIVE, Move(Kind.SEND, HERE)], Fault.SITE, id="sent to where it is"),
        pytest.param(
            [RECEIVE, QUARANTINE, Move(Kind.SEND, THERE)], Fault.QUARANTINED, id="sent away"
        ),
        pytest.param([UNDO], Fault.NOTHING, id="nothing to correct"),
    ],
)
def test_impossible_move_is_refused(moves, fault):
    with pytest.raises(ImpossibleMove) as refusal:
        state(*moves)
    assert refusal.value.fault is fault


class KitLife(RuleBasedStateMachine):
    """Any moves in any order: refused ones change nothing, no capsule appears or vanishes."""

    def __init__(self):
        super().__init__()
        self.state, self.moves = START, []
        self.received = self.dispensed = self.back = 0

    @rule(
        kind=st.sampled_from([kind for kind in Kind if kind is not Kind.CORRECT]),
        site=st.sampled_from([HERE, HERE, HERE, THERE, None]),
        capsules=st.none() | st.integers(-1, 61),
        patient=st.sampled_from([11, 11, 12, None]),
        visit=st.sampled_from([21, 21, 22, None]),
    )
    def move(self, kind, site, capsules, patient, visit):
        self._do(Move(kind, site, capsules, patient, visit))

    @rule(share=st.integers(1, 60))
    def usual_way(self, share):
        """Far states would be rare among arbitrary moves."""
        for move in (RECEIVE, RESERVE, Move(Kind.DISPENSE, HERE, share, **ANNA)):
            self._do(move)

    @rule()
    def correct(self):
        try:
            self.state = replay(START, [*self.moves, UNDO])
        except ImpossibleMove:
            return
        self.moves.append(UNDO)

    def _do(self, move):
        try:
            new = after(self.state, move)
        except ImpossibleMove:
            return
        self.state = new
        self.moves.append(move)

    @invariant()
    def every_capsule_is_somewhere(self):
        kit = self.state
        places = (kit.on_the_way, kit.on_hand, kit.with_patient, kit.returned, kit.lost)
        assert sum(places) + kit.destroyed == kit.total == 60
        assert min(*places, kit.destroyed) >= 0

    @invariant()
    def state_follows_from_the_moves(self):
        assert replay(START, self.moves) == self.state

    @invariant()
    def only_a_free_kit_is_without_a_patient_and_whole(self):
        if self.state.is_free:
            assert (self.state.on_hand, self.state.patient) == (60, None)
        if self.state.with_patient:
            assert self.state.patient is not None


TestKitLife = KitLife.TestCase
TestKitLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
