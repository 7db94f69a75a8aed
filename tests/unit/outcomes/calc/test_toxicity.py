"""What the rule makes of a patient: each threshold on both sides, and that order never counts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.calc.definition import TermGrade
from outcomes.calc.toxicity import Standing, State, Why, assess, standing
from tests.unit.outcomes.calc.toxicities import (
    WINDOW,
    course,
    event,
    on,
    person,
    rule,
)

LATE = on(60)


def state(who, by=None, today=LATE):
    found = assess(who, by or rule(), today=today)
    return found.state, found.why


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        pytest.param(on(0).isoformat(), State.EVALUABLE, id="day before the first dose"),
        pytest.param(on(1).isoformat(), State.DLT, id="day of the first dose"),
        pytest.param(on(WINDOW).isoformat(), State.DLT, id="last day of the window"),
        pytest.param(on(WINDOW + 1).isoformat(), State.EVALUABLE, id="day after it"),
        pytest.param("2026-03", State.DLT, id="month of the window"),
        pytest.param("2026-04", State.EVALUABLE, id="month after it"),
        pytest.param("", State.DLT, id="onset not known"),
    ],
)
def test_window_counts_up_to_its_last_day(onset, expected):
    assert state(person(event(onset=onset)))[0] is expected


@pytest.mark.parametrize(
    ("grade", "expected"), [(2, State.EVALUABLE), (3, State.DLT), (None, State.EVALUABLE)]
)
def test_grade_counts_from_the_least_one(grade, expected):
    assert state(person(event(grade=grade)))[0] is expected


@pytest.mark.parametrize(
    ("grade", "expected"), [(1, State.EVALUABLE), (2, State.DLT)], ids=["below", "at its own grade"]
)
def test_term_may_have_a_grade_of_its_own(grade, expected):
    own = rule(terms=(TermGrade(term="Diarrhea", least_grade=2),))
    assert state(person(event(grade=grade)), own)[0] is expected


def test_excepted_term_is_not_proposed():
    assert state(person(event(grade=5)), rule(excepted_terms=("Diarrhea",)))[0] is State.EVALUABLE
    assert state(person(event(grade=5)), rule(excepted_terms=("Nausea",)))[0] is State.DLT


@pytest.mark.parametrize(
    ("related_to", "to_capsules", "to_background", "counts"),
    [
        ("capsules", True, False, True),
        ("capsules", False, True, False),
        pytest.param("capsules", None, False, True, id="not known counts"),
        ("capsules_or_background", False, True, True),
        ("capsules_or_background", False, False, False),
        ("capsules_or_background", False, None, True),
        ("any", False, False, True),
    ],
)
def test_relation_that_counts(related_to, to_capsules, to_background, counts):
    row = event(to_capsules=to_capsules, to_background=to_background)
    found, _why = state(person(row), rule(related_to=related_to))
    assert (found is State.DLT) is counts


def test_event_that_was_there_before_counts_only_when_it_grew_worse():
    before = event(day=-5, grade=3, key=1)
    assert state(person(before, event(grade=3, key=2)))[0] is State.EVALUABLE
    assert state(person(before, event(grade=4, key=2)))[0] is State.DLT


@pytest.mark.parametrize(
    ("judged", "is_changed", "grade", "expected"),
    [
        pytest.param(None, False, 3, Standing.PROPOSED, id="by the rule"),
        pytest.param(None, False, 2, Standing.NONE, id="not by the rule"),
        pytest.param(True, False, 2, Standing.CONFIRMED, id="named beyond the rule"),
        pytest.param(False, False, 3, Standing.OVERRULED, id="overruled"),
        pytest.param(False, True, 3, Standing.PROPOSED, id="overruled, then changed"),
        pytest.param(True, True, 2, Standing.CONFIRMED, id="confirmed, then changed"),
    ],
)
def test_judgement_holds_while_the_event_stays_as_it_was(judged, is_changed, grade, expected):
    row = event(grade=grade, judged=judged, is_changed=is_changed)
    assert standing(row, person(row), rule()) is expected
    assert row.must_be_judged is (judged is None or is_changed)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(on(WINDOW), State.PENDING, id="on the last day"),
        pytest.param(on(WINDOW + 1), State.EVALUABLE, id="on the day after"),
    ],
)
def test_window_is_over_when_its_last_day_has_passed(today, expected):
    assert state(person(), today=today)[0] is expected


def test_dlt_does_not_wait_for_the_end_of_the_window():
    assert state(person(event(day=5)), today=on(5))[0] is State.DLT
    assert state(person(event(day=6)), today=on(5))[0] is State.PENDING


@pytest.mark.parametrize(
    ("left_on", "expected"),
    [
        pytest.param(on(WINDOW - 1), (State.NOT_EVALUABLE, Why.LEFT), id="before the last day"),
        pytest.param(on(WINDOW), (State.EVALUABLE, Why.NONE), id="on the last day"),
    ],
)
def test_patient_who_left_before_the_end_is_not_evaluable(left_on, expected):
    assert state(person(left_on=left_on)) == expected
    assert state(person(event(), left_on=left_on))[0] is State.DLT


def test_leaving_counts_from_its_day_on():
    assert state(person(left_on=on(10)), today=on(9))[0] is State.PENDING
    assert state(person(left_on=on(10)), today=on(10)) == (State.NOT_EVALUABLE, Why.LEFT)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        # 75 % of 20 capsules are 15.
        pytest.param(15, (State.EVALUABLE, Why.NONE), id="exactly enough"),
        pytest.param(14, (State.NOT_EVALUABLE, Why.TOO_FEW_DOSES), id="one too few"),
    ],
)
def test_doses_that_make_evaluable(taken, expected):
    assert state(person(courses=(course(taken),)), rule(window_days=20)) == expected


@pytest.mark.parametrize(
    ("taken", "gaps", "is_open", "expected"),
    [
        pytest.param(14, 7, True, (State.PENDING, Why.DOSES_NOT_ENTERED), id="draft"),
        pytest.param(14, 7, False, (State.NOT_EVALUABLE, Why.DOSES_UNKNOWN), id="complete"),
        pytest.param(8, 7, True, (State.NOT_EVALUABLE, Why.TOO_FEW_DOSES), id="never enough"),
        pytest.param(16, 5, True, (State.EVALUABLE, Why.NONE), id="enough for certain"),
    ],
)
def test_doses_that_nobody_entered(taken, gaps, is_open, expected):
    assert state(person(courses=(course(taken, gaps, is_open=is_open),))) == expected


def test_patient_without_a_dose_waits_or_was_never_treated():
    assert state(person(first_dose_on=None))[0] is State.WAITING
    never = (State.NOT_EVALUABLE, Why.NEVER_TREATED)
    assert state(person(first_dose_on=None, treatment_ended_on=on(3))) == never
    assert state(person(first_dose_on=None, left_on=on(3))) == never
    assert state(person(first_dose_on=None, left_on=on(3)), today=on(2))[0] is State.WAITING
    assert state(person(), today=on(0))[0] is State.WAITING


def test_event_that_counts_is_the_first_one():
    rows = [event(day=7, key=1), event(day=3, key=2, grade=3), event(day=3, key=3, grade=4)]
    found = assess(person(*rows, event(onset="", key=4)), rule(), today=LATE)
    assert [row.key for row in found.counting] == [3, 2, 1, 4]


EVENTS = st.lists(
    st.builds(
        event,
        day=st.integers(-3, WINDOW + 3),
        grade=st.integers(1, 5),
        term=st.sampled_from(["Diarrhea", "Nausea"]),
        judged=st.sampled_from([None, True, False]),
        is_changed=st.booleans(),
    ),
    max_size=6,
).map(lambda rows: [replace(row, key=key) for key, row in enumerate(rows)])


@settings(deadline=None, max_examples=60)
@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, WINDOW + 5))
def test_order_of_rows_never_matters(rows, random, day):
    shuffled = random.sample(rows, len(rows))
    courses = [course(), course(5, 3, is_open=True)]
    first = assess(person(*rows, courses=tuple(courses)), rule(), today=on(day))
    second = assess(person(*shuffled, courses=tuple(courses[::-1])), rule(), today=on(day))
    assert replace(first, person=second.person) == second


@settings(deadline=None, max_examples=60)
@given(EVENTS, st.integers(0, WINDOW + 5))
def test_more_events_never_take_a_dlt_away(rows, day):
    """Unless somebody judges: an event of another term adds, and nothing more."""
    more = event(day=2, key=99, term="Fatigue", grade=4)
    before = assess(person(*rows), rule(), today=on(day))
    after = assess(person(*rows, more), rule(), today=on(day))
    assert set(before.counting) <= set(after.counting)
