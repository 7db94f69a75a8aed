import pytest

from outcomes.calc.proportions import clopper_pearson, newcombe, wilson


def test_clopper_pearson_of_5_in_29():
    found = clopper_pearson(5, 29)
    assert found.method == "Clopper-Pearson"
    assert (round(found.lower, 3), round(found.upper, 3)) == (0.058, 0.358)


@pytest.mark.parametrize("n", [1, 10, 200])
def test_clopper_pearson_of_none_has_a_closed_form(n):
    found = clopper_pearson(0, n)
    assert (found.estimate, found.lower) == (0, 0)
    assert found.upper == pytest.approx(1 - 0.025 ** (1 / n))


def test_wilson_of_7_in_21():
    """By the formula: center (p + z²/2n)/(1 + z²/n), half-width z sqrt(p(1-p)/n + z²/4n²)/(...)."""
    z, n, p = 1.959963984540054, 21, 1 / 3
    scale = 1 + z**2 / n
    center = (p + z**2 / (2 * n)) / scale
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5 / scale
    found = wilson(7, 21)
    assert found.method == "Wilson"
    assert (found.lower, found.upper) == (
        pytest.approx(center - half),
        pytest.approx(center + half),
    )


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
def test_nobody_has_no_proportion(interval):
    found = interval(0, 0).as_dict()
    assert found["n"] == 0
    assert (found["estimate"], found["lower"], found["upper"]) == (None, None, None)


@pytest.mark.parametrize("interval", [clopper_pearson, wilson])
@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2), (1, 0)])
def test_impossible_counts_are_refused(interval, successes, n):
    with pytest.raises(ValueError, match="is no proportion"):
        interval(successes, n)


def test_difference_of_two_proportions_as_newcombe_printed_it():
    """Newcombe 1998, Stat Med 17:873, table II, 56/70 less 48/80, method 10: 0.0524 to 0.3339."""
    found = newcombe(wilson(56, 70), wilson(48, 80))
    assert found.estimate == pytest.approx(0.2)
    assert (found.lower, found.upper) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_difference_of_extremes_as_newcombe_printed_it():
    """The same table: 10/10 less 0/20 is 0.6791 to 1.0000; 10/10 less 0/10 is 0.6075 to 1."""
    found = newcombe(wilson(10, 10), wilson(0, 20))
    assert (found.lower, found.upper) == pytest.approx((0.6791, 1), abs=5e-5)
    found = newcombe(wilson(10, 10), wilson(0, 10))
    assert (found.lower, found.upper) == pytest.approx((0.6075, 1), abs=5e-5)


def test_difference_from_nobody_cannot_be_estimated():
    assert newcombe(wilson(1, 3), wilson(0, 0)).estimate is None


def test_difference_takes_wilson_only():
    with pytest.raises(ValueError, match="two Wilson intervals"):
        newcombe(clopper_pearson(1, 3), wilson(1, 3))
