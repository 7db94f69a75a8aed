import pandas as pd
import pytest

from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.curves import summarize_curve

ONE_A_MONTH = EndpointRules(days_per_month=1)


def curve(days, event):
    times = pd.DataFrame({"days": days, "event": event})
    return summarize_curve(times, endpoint="os", criteria=None, rules=ONE_A_MONTH)


def test_survival_of_the_6_mp_patients():
    """Freireich 1963, as printed by Klein and Moeschberger 2003, example 4.1: median 23."""
    days = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = curve(days, [1] * 9 + [0] * 12)
    assert found["median"] == 23
    assert found["median_lower"] == 13
    assert found["median_upper"] is None
    assert found["survival"][1] == pytest.approx(0.857, abs=5e-4)
    assert found["survival"][-1] == pytest.approx(0.448, abs=5e-4)
    assert found["landmarks"][1]["survival"] == pytest.approx(0.753, abs=5e-4)


@pytest.mark.parametrize(
    ("last", "step"),
    [
        pytest.param(12, 1, id="a year by months"),
        pytest.param(13, 2, id="just above a year"),
        pytest.param(36, 3, id="three years by quarters"),
        pytest.param(1000, 24, id="very long"),
    ],
)
def test_ticks_are_regular_and_few(last, step):
    ticks = [row["month"] for row in curve([1, last], [1, 0])["at_risk"]]
    assert ticks == list(range(0, last + 1, step))


def test_at_risk_counts_those_whose_time_is_not_below_the_month():
    rows = {row["month"]: row for row in curve([2, 2, 3], [1, 0, 1])["at_risk"]}
    assert rows[2] == {"month": 2, "at_risk": 3, "events": 0, "censored": 0}
    assert rows[3] == {"month": 3, "at_risk": 1, "events": 1, "censored": 1}


def test_nobody_makes_an_empty_curve():
    found = curve([], [])
    assert (found["n"], found["median"], found["last_month"]) == (0, None, 0.0)
    assert (found["months"], found["survival"]) == ([0.0], [1.0])
