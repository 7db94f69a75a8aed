import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosing.calc.compliance import Source, compliance, overall_pct


def course(**values):
    known = {"taken_by_day": 57, "days_unknown": 0, "dispensed": 60, "returned": 3, "lost": None}
    return compliance(due=60, **known | values)


@pytest.mark.parametrize(
    ("values", "taken", "source", "pct"),
    [
        pytest.param({}, 57, Source.DIARY, 95, id="every day entered"),
        pytest.param({"days_unknown": 1}, 57, Source.COUNT, 95, id="one day missing"),
        pytest.param({"days_unknown": 1, "lost": 3}, 54, Source.COUNT, 90, id="lost ones too"),
        pytest.param({"days_unknown": 1, "returned": None}, None, Source.UNKNOWN, None, id="none"),
        pytest.param({"days_unknown": 1, "dispensed": None}, None, Source.UNKNOWN, None, id="out"),
    ],
)
def test_diary_leads_and_the_count_stands_in(values, taken, source, pct):
    found = course(**values)
    assert (found.taken, found.source, found.pct) == (taken, source, pct)


@pytest.mark.parametrize(
    ("values", "differs"),
    [({}, 0), ({"returned": 5}, -2), ({"returned": 1}, 2), ({"returned": None}, 0)],
)
def test_count_that_disagrees_with_the_diary_shows(values, differs):
    assert course(**values).differs_by == differs


def test_nothing_due_has_no_compliance():
    found = compliance(
        due=0, taken_by_day=0, days_unknown=0, dispensed=None, returned=None, lost=None
    )
    assert found.pct is None


@given(st.integers(1, 500), st.integers(0, 500))
def test_whole_diary_is_its_own_share(due, taken):
    found = compliance(
        due=due, taken_by_day=taken, days_unknown=0, dispensed=None, returned=None, lost=None
    )
    assert found.pct == pytest.approx(100 * taken / due)


def test_overall_leaves_out_courses_of_which_nothing_is_known():
    unknown = course(days_unknown=1, returned=None)
    assert overall_pct([course(), course(taken_by_day=30), unknown]) == pytest.approx(
        100 * 87 / 120
    )
    assert overall_pct([unknown]) is None
    assert overall_pct([]) is None
