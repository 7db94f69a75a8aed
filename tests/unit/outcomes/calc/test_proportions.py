import pytest

from outcomes.calc.proportions import clopper_pearson, wilson


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
