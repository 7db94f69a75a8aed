import json

import numpy as np
import pandas as pd
import pytest
from lifelines.statistics import multivariate_logrank_test

from outcomes.calc.comparison import cox, logrank


@pytest.fixture(params=[1, 2])
def sample(request):
    random = np.random.default_rng(request.param)
    return pd.DataFrame(
        {
            "days": np.ceil(random.exponential(60, 150)),
            "event": (random.random(150) < 0.7).astype(int),
            "arm": random.choice(["A", "B", "C"], 150),
            "site": random.choice(["x", "y"], 150),
        }
    )


def test_logrank_of_three_groups_equals_lifelines(sample):
    found = logrank(sample["days"], sample["event"], sample["arm"])
    judge = multivariate_logrank_test(sample["days"], sample["arm"], sample["event"])
    assert (found.chisq, found.p) == (
        pytest.approx(judge.test_statistic, abs=5e-9),
        pytest.approx(judge.p_value),
    )
    assert found.df == 2
    assert sum(group.expected for group in found.groups) == pytest.approx(sample["event"].sum())


def test_stratified_logrank_adds_the_strata(sample):
    """For two groups: (sum of O - E) squared over the sum of variances."""
    two = sample[sample["arm"] != "C"]
    difference = variance = 0.0
    for _, stratum in two.groupby("site"):
        test = logrank(stratum["days"], stratum["event"], stratum["arm"])
        gap = test.groups[0].observed - test.groups[0].expected
        difference += gap
        variance += gap**2 / test.chisq
    found = logrank(two["days"], two["event"], two["arm"], strata=two["site"])
    assert found.method == "stratified log-rank"
    assert found.chisq == pytest.approx(difference**2 / variance)


def test_one_stratum_changes_nothing(sample):
    plain = logrank(sample["days"], sample["event"], sample["arm"])
    strata = np.full(len(sample), "one")
    assert logrank(sample["days"], sample["event"], sample["arm"], strata=strata).p == plain.p


@pytest.mark.parametrize(
    ("days", "event", "group"),
    [
        pytest.param([], [], [], id="nobody"),
        pytest.param([1, 2], [1, 1], ["A", "A"], id="one group"),
        pytest.param([1, 2], [0, 0], ["A", "B"], id="no events"),
        pytest.param([5, 5], [1, 1], ["A", "B"], id="all at once"),
    ],
)
def test_logrank_without_a_comparison_is_none(days, event, group):
    found = logrank(days, event, group)
    assert (found.chisq, found.p) == (None, None)
    json.dumps(found.as_dict(), allow_nan=False)


def test_logrank_leaves_out_a_group_that_was_never_at_risk_of_an_event():
    days, event = [1, 5, 6, 7, 8], [0, 1, 1, 1, 0]
    found = logrank(days, event, ["A", "B", "B", "C", "C"])
    assert found.df == 1
    assert found.chisq == pytest.approx(logrank(days[1:], event[1:], ["B", "B", "C", "C"]).chisq)


def test_cox_with_strata_has_a_baseline_for_each(sample):
    """A time scale of its own in each stratum changes only the unstratified model."""
    slow = sample.assign(days=sample["days"].where(sample["site"] == "x", 10 * sample["days"]))
    fits = [
        cox(frame["days"], frame["event"], frame[["arm"]], strata=frame["site"]).terms
        for frame in (sample, slow)
    ]
    assert [term.term for term in fits[0]] == ["arm: B", "arm: C"]
    for one, other in zip(*fits, strict=True):
        assert one.coef == pytest.approx(other.coef, abs=1e-6)
        assert one.hr == pytest.approx(np.exp(one.coef))


def test_cox_limits_follow_the_level(sample):
    wide, narrow = (
        cox(sample["days"], sample["event"], sample[["arm"]], confidence_level=level).terms[0]
        for level in (0.95, 0.8)
    )
    assert wide.lower < narrow.lower < narrow.hr < narrow.upper < wide.upper
    assert wide.lower == pytest.approx(np.exp(wide.coef - 1.959963985 * wide.se))


@pytest.mark.parametrize(
    ("event", "covariates", "note"),
    [
        ([0, 0, 0, 0], {"x": [0, 0, 1, 1]}, "NO-EVENTS"),
        ([1, 1, 0, 0], {"x": [0, 0, 1, 1]}, "NOT-ESTIMABLE"),
        ([1, 1, 1, 0], {"x": [1, 1, 1, 1]}, "NOT-CONVERGED"),
        ([1, 1, 1, 0], {"arm": ["A"] * 4}, "NO-COVARIATES"),
    ],
)
def test_cox_without_estimates_says_why(event, covariates, note):
    found = cox([1, 2, 3, 4], event, pd.DataFrame(covariates))
    assert found.note == note
    assert all(term.hr is None for term in found.terms)
    json.dumps(found.as_dict(), allow_nan=False)


def test_breslow_without_ties_is_efron(sample):
    days = np.random.default_rng(3).permutation(150) + 1
    design = pd.DataFrame({"b": sample["arm"] == "B", "c": sample["arm"] == "C"}).astype(float)
    for strata in (None, sample["site"]):
        efron, breslow = (
            cox(days, sample["event"], design, strata=strata, ties=ties).terms
            for ties in ("efron", "breslow")
        )
        for one, other in zip(efron, breslow, strict=True):
            assert (other.coef, other.se, other.p) == pytest.approx(
                (one.coef, one.se, one.p), abs=1e-6
            )


def test_a_group_without_events_leaves_the_others_their_hazard_ratio():
    groups = pd.DataFrame({"group": ["a", "a", "d", "d", "d", "b", "b"]})
    days, event = [1, 2, 3, 1, 2, 2, 3], [1, 1, 1, 1, 0, 0, 0]
    found = cox(days, event, groups)
    without = cox(days[:5], event[:5], groups[:5])
    b, d = found.terms
    assert (found.note, b.hr) == ("NOT-ESTIMABLE", None)
    assert d.hr == pytest.approx(without.terms[0].hr, rel=1e-6)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_group_without_events_has_no_hazard_ratio(ties):
    found = cox([1, 2, 3, 4], [1, 1, 0, 0], pd.DataFrame({"x": [0, 0, 1, 1]}), ties=ties)
    assert found.note in ("NOT-ESTIMABLE", "NOT-CONVERGED")
    assert found.terms[0].hr is None
