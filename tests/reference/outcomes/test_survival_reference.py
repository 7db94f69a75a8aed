"""Survival: values that R and SAS print for data sets known to everybody."""

import pandas as pd
import pytest
from lifelines.datasets import load_leukemia, load_lung

from outcomes.calc.comparison import cox, logrank
from outcomes.calc.survival import kaplan_meier


@pytest.fixture(scope="module")
def lung():
    return load_lung()


@pytest.mark.parametrize(("interval", "lower", "upper"), [("log-log", 284, 361), ("log", 285, 363)])
def test_lung_median_and_limits(lung, interval, lower, upper):
    curve = kaplan_meier(lung["time"], lung["status"], interval=interval)
    assert (curve.n, curve.events) == (228, 165)
    median = curve.median
    assert (median.estimate, median.lower, median.upper) == (310, lower, upper)


def test_lung_by_sex(lung):
    """survdiff: 10.327 on 1 degree of freedom, p 0.00131; coxph: 1.701 (1.226-2.360)."""
    test = logrank(lung["time"], lung["status"], lung["sex"])
    assert test.chisq == pytest.approx(10.3267, abs=5e-5)
    assert test.p == pytest.approx(0.00131, abs=5e-6)
    assert [round(group.expected, 1) for group in test.groups] == [91.6, 73.4]
    sex = lung["sex"].map({1: "male", 2: "female"}).to_frame("sex")
    term = cox(lung["time"], lung["status"], sex).terms[0]
    assert term.term == "sex: male"
    assert (round(term.hr, 3), round(term.lower, 3), round(term.upper, 3)) == (1.701, 1.226, 2.360)
    assert term.coef == pytest.approx(0.5310235, abs=5e-5)
    assert term.se == pytest.approx(0.1671786, abs=3e-7)


def test_6_mp_trial():
    """Freireich 1963, Blood 21:699: 23 (13-NE) against 8 (4-11) weeks."""
    data = load_leukemia()
    medians = {}
    for arm, rows in data.groupby("Rx"):
        median = kaplan_meier(rows["t"], rows["status"]).median
        medians[arm] = (median.estimate, median.lower, median.upper)
    assert medians == {0: (23, 13, None), 1: (8, 4, 11)}
    test = logrank(data["t"], data["status"], data["Rx"])
    assert test.chisq == pytest.approx(16.793, abs=5e-4)
    assert cox(data["t"], data["status"], data[["Rx"]]).terms[0].hr == pytest.approx(
        4.817, abs=5e-4
    )


def test_whas500_as_printed_by_sas_and_r(oracles):
    """CAMIS, Kaplan-Meier page: years rounded to two decimals, as there."""
    data = pd.read_csv(oracles / "survival" / "whas500.csv")
    years = (data["lenfol"] / 365.25).round(2)
    test = logrank(years, data["fstat"], data["afb"])
    assert test.chisq == pytest.approx(10.8943, abs=5e-5)
    assert test.p == pytest.approx(0.0009646027, abs=1e-9)
    # Efron; SAS prints 0.584 (0.422-0.808) with Breslow
    term = cox(years, data["fstat"], 1 - data[["afb"]]).terms[0]
    assert term.hr == pytest.approx(0.583, abs=5e-4)
    assert (term.lower, term.upper) == (
        pytest.approx(0.421, abs=5e-4),
        pytest.approx(0.806, abs=5e-4),
    )
    term = cox(years, data["fstat"], 1 - data[["afb"]], ties="breslow").terms[0]
    assert (round(term.hr, 3), round(term.lower, 3), round(term.upper, 3)) == (0.584, 0.422, 0.808)


def test_6_mp_trial_with_the_ties_of_sas():
    """Freireich 1963: 4.523 with Breslow's ties, 4.817 with Efron's."""
    data = load_leukemia()
    found = cox(data["t"], data["status"], data[["Rx"]], ties="breslow")
    assert found.method == "Cox, Breslow ties"
    assert found.terms[0].hr == pytest.approx(4.523, abs=5e-4)


TEN = ([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 5)


def test_flat_to_the_last_time_is_ne_in_sas_and_the_middle_in_r():
    """CAMIS, special case: SAS prints NE, R 102.5."""
    assert kaplan_meier(*TEN).median.estimate is None
    assert kaplan_meier(*TEN, flat_to_the_end="midpoint").median.estimate == 102.5


def test_landmarks_of_the_ten_observations():
    """CAMIS: 0.5 (0.184, 0.753) at day 100, NE at day 120; 0 there if the last is an event."""
    at_100, at_120 = kaplan_meier(*TEN, landmarks=[100, 120]).landmarks
    assert (at_100.n_risk, at_100.surv) == (4, pytest.approx(0.5))
    assert (round(at_100.lower, 3), round(at_100.upper, 3)) == (0.184, 0.753)
    assert (at_120.n_risk, at_120.surv) == (0, None)
    last_is_event = [1] * 5 + [0] * 4 + [1]
    assert kaplan_meier(TEN[0], last_is_event, landmarks=[120]).landmarks[0].surv == 0
