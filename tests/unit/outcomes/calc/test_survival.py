"""Curves against lifelines where conventions agree, by hand where they do not."""

import json

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from outcomes.calc.survival import kaplan_meier, numbers_at_risk, reverse_kaplan_meier


@pytest.fixture(params=[1, 2, 3])
def sample(request):
    random = np.random.default_rng(request.param)
    days = np.ceil(random.exponential(60, 80))
    return days, (random.random(80) < 0.7).astype(int)


def test_curve_and_limits_equal_lifelines(sample):
    days, event = sample
    curve = kaplan_meier(days, event)
    judge = KaplanMeierFitter().fit(days, event)
    surv = judge.survival_function_.loc[curve.times, "KM_estimate"]
    assert curve.surv == pytest.approx(surv.tolist())
    limits = judge.confidence_interval_survival_function_.loc[curve.times].to_numpy()
    known = [place for place, value in enumerate(curve.surv) if 0 < value < 1]
    assert [curve.lower[i] for i in known] == pytest.approx(limits[known, 0].tolist(), abs=1e-6)
    assert [curve.upper[i] for i in known] == pytest.approx(limits[known, 1].tolist(), abs=1e-6)


def test_plain_and_log_limits_by_hand():
    """4 patients, one event at day 1: S = 3/4, Greenwood's error of S is sqrt(3/64)."""
    z, error = 1.959963984540054, (3 / 64) ** 0.5
    plain = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0], interval="plain")
    assert plain.lower[1] == pytest.approx(0.75 - z * error)
    assert plain.upper[1] == 1
    log = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0], interval="log")
    assert log.lower[1] == pytest.approx(0.75 * np.exp(-z * error / 0.75))
    assert log.upper[1] == 1
    assert kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0]).upper[1] < 1


def test_quantile_on_a_flat_piece_is_its_middle():
    curve = kaplan_meier([10, 20, 30, 40], [1, 1, 1, 1])
    assert [quantile.estimate for quantile in curve.quantiles] == [15, 25, 35]


def test_quantile_between_steps_is_the_first_time_below():
    curve = kaplan_meier([10, 20, 30], [1, 1, 1], quantiles=[0.5])
    assert curve.median.estimate == 20


@pytest.mark.parametrize(
    ("event", "estimate"),
    [([0, 0, 0, 0], None), ([1, 0, 0, 0], None), ([1, 1, 1, 0], 25), ([0, 0, 0, 1], 40)],
)
def test_median_is_ne_where_the_curve_stays_above(event, estimate):
    assert kaplan_meier([10, 20, 30, 40], event).median.estimate == estimate


def test_marks_lie_on_the_curve():
    curve = kaplan_meier([10, 10, 20, 30], [1, 0, 0, 1])
    assert (curve.times, curve.n_risk) == ([0, 10, 30], [4, 4, 1])
    assert curve.surv == pytest.approx([1, 0.75, 0])
    assert (curve.censor_times, curve.censor_surv) == ([10, 20], pytest.approx([0.75, 0.75]))
    assert (curve.lower[-1], curve.upper[-1]) == (None, None)


@pytest.mark.parametrize(
    ("at", "n_risk", "surv"),
    [(5, 4, 1), (10, 4, 0.75), (10.5, 3, 0.75), (40, 1, 0.375), (40.5, 0, None)],
)
def test_landmarks(at, n_risk, surv):
    landmark = kaplan_meier([10, 20, 30, 40], [1, 0, 1, 0], landmarks=[at]).landmarks[0]
    assert (landmark.n_risk, landmark.surv) == (n_risk, pytest.approx(surv) if surv else surv)


def test_numbers_at_risk_count_those_with_at_least_that_time():
    assert numbers_at_risk([10, 20, 20, 30], [0, 10, 10.5, 20, 30, 31]) == [4, 4, 3, 3, 1, 0]
    assert numbers_at_risk([], [0]) == [0]


def test_follow_up_exchanges_events_and_censoring():
    days, event = [10, 20, 30, 40], [1, 0, 0, 1]
    assert reverse_kaplan_meier(days, event) == kaplan_meier(days, [0, 1, 1, 0])
    assert reverse_kaplan_meier(days, event).median.estimate == 30


@pytest.mark.parametrize(("days", "event"), [([], []), ([7], [0]), ([7], [1]), ([0, 0], [0, 1])])
def test_little_data_gives_json_without_nan(days, event):
    text = json.dumps(kaplan_meier(days, event, landmarks=[0, 5, 9]).as_dict(), allow_nan=False)
    assert json.loads(text)["n"] == len(days)


@pytest.mark.parametrize(
    ("days", "event", "sentence"),
    [
        ([1, 2], [1], "2 times but 1 events"),
        ([-1], [1], "at least 0"),
        ([float("nan")], [1], "at least 0"),
        ([1], [2], "0 or 1"),
    ],
)
def test_bad_input_is_refused(days, event, sentence):
    with pytest.raises(ValueError, match=sentence):
        kaplan_meier(days, event)
