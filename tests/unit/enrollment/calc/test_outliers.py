"""Robust limits: the fence around the median, on the logarithm for positive values."""

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.outliers import FEWEST_VALUES, robust_limits


def test_limits_are_five_deviations_around_the_median():
    """-10 to 10 by hand: median 0, absolute deviations 0, 1, 1, ... 10, 10 with median 5."""
    assert robust_limits(range(-10, 11)) == pytest.approx((-37.065, 37.065))


def test_positive_values_are_judged_by_their_ratio():
    """Powers of e from 1 to 21: median 11, deviations 0 to 10 twice over, with median 5."""
    assert robust_limits([exp(n) for n in range(1, 22)]) == pytest.approx(
        (exp(11 - 37.065), exp(11 + 37.065))
    )


@pytest.mark.parametrize(
    ("count", "is_judged"),
    [
        pytest.param(FEWEST_VALUES - 1, False, id="too few"),
        pytest.param(FEWEST_VALUES, True, id="enough"),
    ],
)
def test_few_values_say_little_about_their_spread(count, is_judged):
    assert (robust_limits(range(count)) is not None) is is_judged


def test_more_than_half_equal_values_have_no_spread():
    assert robust_limits([5] * 15 + list(range(10))) is None


@given(st.lists(st.floats(1, 1000), min_size=20, max_size=60), st.floats(1e6, 1e9))
def test_one_wild_value_moves_no_limit_beyond_itself(values, wild):
    """What a mean would not withstand."""
    limits = robust_limits([*values, wild])
    assert limits is None or limits[0] <= sorted(values)[len(values) // 2] <= limits[1]
