import numpy as np
import pytest

from outcomes.calc.bootstrap import bootstrap_limits, median_difference_limits, median_limits
from outcomes.calc.survival import kaplan_meier

TIMES = [1.4, 1.4, 2.7, 2.8, 2.8, 4.1, 4.2, 5.5, 8.3]


def test_same_seed_gives_the_same_limits_and_another_one_others():
    first = median_limits(TIMES, seed=7)
    assert first == median_limits(TIMES, seed=7)
    assert {median_limits(TIMES, seed=seed, confidence_level=0.8) for seed in range(5)} != {first}


def test_limits_are_frozen_for_a_seed():
    """NumPy keeps the stream of `RandomState` for good; a change here changes stored snapshots."""
    assert median_limits(TIMES, seed=7) == (1.4, 5.5)


def test_order_of_patients_does_not_matter():
    assert median_limits(TIMES[::-1], seed=3) == median_limits(TIMES, seed=3)


def test_limits_of_a_mean_are_near_those_of_the_normal_distribution():
    values = np.random.RandomState(1).normal(size=400)
    lower, upper = bootstrap_limits(400, lambda drawn: values[drawn].mean(axis=1), seed=5)
    error = 1.96 * values.std() / 20
    assert lower == pytest.approx(values.mean() - error, abs=0.01)
    assert upper == pytest.approx(values.mean() + error, abs=0.01)


@pytest.mark.parametrize("values", [[], [2.0]])
def test_fewer_than_two_patients_have_no_limits(values):
    assert median_limits(values, seed=1) == (None, None)


def test_difference_of_medians_lies_within_its_limits():
    rng = np.random.RandomState(2)
    first, second = rng.exponential(20, 80), rng.exponential(8, 80)
    event = np.ones(80)
    lower, upper = median_difference_limits((first, event), (second, event), seed=9)
    found = [kaplan_meier(times, event).median.estimate for times in (first, second)]
    assert 0 < lower < found[0] - found[1] < upper


def test_median_of_a_draw_is_read_as_that_of_a_curve():
    """All patients alike: every draw has the same curve, flat at 0.5 between 4 and 9."""
    times, event = [4, 9] * 300, [1, 1] * 300
    lower, upper = median_difference_limits((times, event), ([1, 1], [1, 1]), seed=1)
    assert (lower, upper) == (3, 8)


def test_median_that_is_not_reached_leaves_no_limit():
    """All censored against all dead at 5: the difference is beyond any number."""
    assert median_difference_limits(([5, 6], [0, 0]), ([5, 5], [1, 1]), seed=1) == (None, None)
