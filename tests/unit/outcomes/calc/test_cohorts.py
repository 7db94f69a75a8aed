"""Cohorts fill in the order of enrollment, and their rule waits, expands, goes on or stops."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes.calc.cohorts import Verdict, fill_cohorts, out_of_order
from outcomes.calc.toxicity import Assessed, State, Why
from tests.unit.outcomes.calc.toxicities import cohort, on, person, rule

LETTERS = {
    "d": State.DLT,
    "e": State.EVALUABLE,
    "p": State.PENDING,
    "w": State.WAITING,
    "n": State.NOT_EVALUABLE,
}
THREE = cohort(size=3, allowed=0, expanded_size=6, expanded_allowed=1)


def people(letters):
    """One for each letter, enrolled day after day."""
    return [
        Assessed(
            person(number=f"S-{day:02}", enrolled_on=on(day)),
            LETTERS[letter],
            Why.TOO_FEW_DOSES if letter == "n" else Why.NONE,
            None if letter == "w" else on(day + 20),
        )
        for day, letter in enumerate(letters, start=1)
    ]


def filled(letters, *cohorts, **changes):
    return fill_cohorts(people(letters), rule(*cohorts, **changes))


def said(letters, first=THREE):
    """Verdict and size of a first cohort that a second one follows."""
    found, _next = filled(letters, first, cohort("next", size=3))
    return found.verdict, found.size


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        pytest.param("", (Verdict.WAIT, 3), id="nobody"),
        pytest.param("ee", (Verdict.WAIT, 3), id="not full"),
        pytest.param("eep", (Verdict.WAIT, 3), id="one pending"),
        pytest.param("eew", (Verdict.WAIT, 3), id="one without a dose"),
        pytest.param("eee", (Verdict.CONTINUE, 3), id="0 of 3"),
        pytest.param("d", (Verdict.EXPAND, 3), id="the first one"),
        pytest.param("eed", (Verdict.EXPAND, 6), id="1 of 3"),
        pytest.param("eedee", (Verdict.EXPAND, 6), id="1 of 5"),
        pytest.param("eedeep", (Verdict.WAIT, 6), id="1 of 6, one pending"),
        pytest.param("eedeee", (Verdict.CONTINUE, 6), id="1 of 6"),
        pytest.param("edd", (Verdict.STOP, 3), id="2 of 3"),
        pytest.param("eedd", (Verdict.STOP, 6), id="2 of 4"),
        pytest.param("ddp", (Verdict.STOP, 3), id="stops with one pending"),
    ],
)
def test_three_and_three(letters, expected):
    assert said(letters) == expected


@pytest.mark.parametrize(
    ("letters", "verdict"),
    [("eeeeed", Verdict.CONTINUE), ("eeeedd", Verdict.STOP), ("eeeepd", Verdict.WAIT)],
)
def test_cohort_that_cannot_grow(letters, verdict):
    assert said(letters, cohort(size=6, allowed=1)) == (verdict, 6)


def test_cohort_without_a_rule_says_so():
    assert said("ddd", cohort(size=3)) == (Verdict.NO_RULE, 3)


def members(found):
    return [[int(each.person.number[2:]) for each in part.members] for part in found]


def test_cohorts_fill_in_order_and_the_last_one_takes_the_rest():
    found = filled("eeeeeeee", cohort(size=3, allowed=0), cohort("next", size=2))
    assert members(found) == [[1, 2, 3], [4, 5, 6, 7, 8]]
    assert found[1].counts["planned"] == 2


def test_cohort_that_grows_takes_the_next_patients():
    assert members(filled("edeeeeee", THREE, cohort("next"))) == [[1, 2, 3, 4, 5, 6], [7, 8]]


def test_patient_who_is_not_evaluable_is_replaced_where_the_trial_says_so():
    two = cohort(size=2, allowed=0), cohort("next", size=2)
    assert members(filled("neee", *two)) == [[1, 2], [3, 4]]
    replaced = filled("neee", *two, replaces_not_evaluable=True)
    assert members(replaced) == [[1, 2, 3], [4]]
    assert replaced[0].verdict is Verdict.CONTINUE


def test_dlt_of_somebody_beyond_the_places_expands_too():
    [found] = filled("eeed", THREE)
    assert found.verdict is Verdict.EXPAND


def test_counts_add_up():
    [found] = filled("depwn", cohort(size=5, allowed=1))
    assert found.counts == {
        "planned": 5,
        "enrolled": 5,
        "treated": 4,
        "evaluable": 2,
        "pending": 2,
        "not_evaluable": 1,
        "dlts": 1,
    }


FIRST_THREE = {"first": ["S-01", "S-02", "S-03"]}


def test_late_entry_moves_nobody_who_was_decided_about():
    by = rule(THREE, cohort("next", size=2))
    late, *rest = people("eeeee")
    before = fill_cohorts(rest, by, {})
    assert members(before) == [[2, 3, 4], [5]]
    frozen = {"first": [each.person.number for each in before[0].members]}
    found = fill_cohorts([late, *rest], by, frozen)
    assert members(found) == [[2, 3, 4], [1, 5]]
    assert out_of_order(found, by) == {"S-01": "first", "S-04": "next"}
    assert members(fill_cohorts([late, *rest], by)) == [[1, 2, 3], [4, 5]]


def test_places_that_are_left_go_on_in_the_order_of_enrollment():
    by = rule(THREE, cohort("next", size=2))
    found = fill_cohorts(people("eeee"), by, {"first": ["S-02"]})
    assert members(found) == [[1, 2, 3], [4]]
    assert out_of_order(found, by) == {}


def test_decided_cohort_still_grows_and_still_replaces():
    by = rule(THREE, cohort("next"), replaces_not_evaluable=True)
    assert members(fill_cohorts(people("eedee"), by, FIRST_THREE)) == [[1, 2, 3, 4, 5], []]
    assert members(fill_cohorts(people("neeee"), by, FIRST_THREE)) == [[1, 2, 3, 4], [5]]


def test_cohort_that_an_amendment_took_away_holds_nobody():
    by = rule(THREE, cohort("next"))
    found = fill_cohorts(people("eeee"), by, {"old": ["S-01"]})
    assert members(found) == [[1, 2, 3], [4]]


@settings(deadline=None, max_examples=60)
@given(
    st.text("depwn", max_size=8),
    st.text("depwn", max_size=4),
    st.randoms(use_true_random=False),
)
def test_nobody_who_was_decided_about_ever_moves(letters, more, random):
    by = rule(THREE, cohort("next", size=2, allowed=0), cohort("last"))
    rows = people(letters + more)
    random.shuffle(rows)
    known, late = rows[: len(letters)], rows[len(letters) :]
    frozen = {
        part.id: {each.person.number for each in part.members} for part in fill_cohorts(known, by)
    }
    for part in fill_cohorts([*known, *late], by, frozen):
        assert frozen[part.id] <= {each.person.number for each in part.members}


@settings(deadline=None, max_examples=60)
@given(st.text("depwn", max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_order_of_rows_never_matters(letters, random, replaces):
    by = rule(THREE, cohort("next", size=2, allowed=0), replaces_not_evaluable=replaces)
    rows = people(letters)
    found = fill_cohorts(rows, by)
    assert fill_cohorts(random.sample(rows, len(rows)), by) == found
    assert sorted(sum(members(found), [])) == list(range(1, len(letters) + 1))
