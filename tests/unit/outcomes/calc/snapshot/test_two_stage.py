"""Simon 1989: p 0.10 against 0.30, errors 0.05 and 0.20: 1/10 and 5/29 (optimal)."""

import pandas as pd
import pytest

from enrollment.calc.definition import TwoStageDesign
from outcomes.calc.snapshot.two_stage import summarize_two_stage

DESIGN = TwoStageDesign(
    null_rate=0.1, target_rate=0.3, alpha=0.05, beta=0.2, goal="optimal", population="evaluable"
)


def summary(responses, patients, *, late=0):
    """`responses` among the first patients, `late` among the last of them."""
    best = ["PR"] * responses + ["SD"] * (patients - responses - late) + ["CR"] * late
    return summarize_two_stage(DESIGN, pd.Series(best, dtype=object), confidence_level=0.95)


def test_design_is_that_of_the_published_table():
    found = summary(0, 0)
    assert (found["stage_1_limit"], found["stage_1_n"]) == (1, 10)
    assert (found["limit"], found["n"]) == (5, 29)


@pytest.mark.parametrize(
    ("responses", "patients", "late", "state", "is_active"),
    [
        pytest.param(0, 0, 0, "stage_1", None, id="nobody yet"),
        pytest.param(1, 9, 0, "stage_1", None, id="one before the end of the first stage"),
        pytest.param(1, 10, 0, "stopped", False, id="one of ten stops"),
        pytest.param(2, 10, 0, "stage_2", None, id="two of ten go on"),
        pytest.param(2, 28, 3, "stage_2", None, id="one before the end"),
        pytest.param(2, 29, 3, "ended", False, id="five of 29 are not enough"),
        pytest.param(2, 29, 4, "ended", True, id="six of 29 are"),
    ],
)
def test_state_on_each_side_of_the_boundaries(responses, patients, late, state, is_active):
    found = summary(responses, patients, late=late)
    assert (found["state"], found["is_active"]) == (state, is_active)
    assert (found["unbiased"] is None) == (is_active is None)


def test_patients_beyond_the_design_do_not_count():
    stopped, ended = summary(1, 14, late=3), summary(6, 31, late=1)
    assert (stopped["state"], stopped["counted"], stopped["over"]) == ("stopped", 10, 4)
    assert stopped["responses"] == 1
    assert (ended["counted"], ended["over"], ended["responses"]) == (29, 2, 6)


def test_unbiased_estimate_after_early_stop_is_the_plain_one():
    found = summary(1, 10)
    assert found["plain"] == found["unbiased"] == pytest.approx(10)


def test_unbiased_estimate_after_both_stages_is_above_the_plain_one():
    found = summary(2, 29, late=4)
    assert found["plain"] == pytest.approx(100 * 6 / 29)
    assert found["unbiased"] > found["plain"]
    assert found["lower"] < found["unbiased"] < found["upper"]
    assert "UMVUE" in found["method"]
