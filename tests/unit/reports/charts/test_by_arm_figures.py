"""Figures by arm: every arm has its curve and its numbers, and ratios stand on a log axis."""

from math import log10

import pytest

from reports.charts.by_arm import Ratio, hazard_forest_figure, survival_by_arm_figure


def curve(at_risk, *, last):
    ticks = [
        {"month": month, "at_risk": number, "events": 0, "censored": month}
        for month, number in enumerate(at_risk)
    ]
    return {
        "endpoint": "os", "criteria": "", "n": at_risk[0], "months": [0.0, last],
        "survival": [1.0, 0.5], "lower": [1.0, None], "upper": [1.0, None], "last_month": last,
        "censored_months": [0.5], "censored_survival": [1.0], "at_risk": ticks,
    }  # fmt: skip


def figure_of_two():
    curves = [curve([20, 18, 15], last=2.5), curve([10, 8], last=1.5)]
    behind = [lambda month, arm=arm: f"{arm}/{month}" for arm in "ab"]
    return survival_by_arm_figure(
        curves, names=["Capsules", "Sham"], words=["HR 0.50"], behind=behind
    )


def test_each_arm_has_a_curve_of_its_own_color_and_dash():
    lines = {item["name"]: item["line"] for item in figure_of_two()["data"] if "name" in item}
    assert lines["Capsules"]["color"] != lines["Sham"]["color"]
    assert lines["Capsules"]["dash"] != lines["Sham"]["dash"]


def test_numbers_at_risk_stand_under_the_months_of_the_longest_arm():
    figure = figure_of_two()
    numbers = [item for item in figure["layout"]["annotations"] if item.get("yref") == "y2"]
    first, second = ([item for item in numbers if item["y"] == height] for height in (1, 0))
    # The first arm stands above the second, beside its name.
    assert [item["text"] for item in first] == ["20 (0)", "18 (1)", "15 (2)"]
    # Nobody of the shorter arm was followed so long.
    assert [item["text"] for item in second] == ["10 (0)", "8 (1)", "0"]
    assert [item.get("name") for item in second] == ["b/0", "b/1", None]
    assert figure["layout"]["xaxis"]["tickvals"] == [0, 1, 2]
    assert figure["layout"]["yaxis2"]["ticktext"] == ["Capsules", "Sham"]
    assert figure["layout"]["yaxis2"]["tickvals"] == [1, 0]


def ratio(label, hr, lower, upper, *, n=10):
    return Ratio(label, label == "All", n, hr, lower, upper, ["3 / 5", "4 / 5"], "text")


def forest(*rows):
    return hazard_forest_figure(rows, arms=["Capsules", "Sham"], favors=("favors A", "favors B"))


def test_ratio_that_cannot_be_estimated_has_a_row_and_no_box():
    figure = forest(ratio("All", 0.5, 0.25, 1.0, n=40), ratio("Sex", None, None, None))
    (boxes,) = figure["data"]
    assert (boxes["x"], boxes["y"]) == ([0.5], [2])
    assert (boxes["error_x"]["array"], boxes["error_x"]["arrayminus"]) == ([0.5], [0.25])
    assert figure["layout"]["yaxis"]["ticktext"] == ["All", "Sex"]
    assert figure["layout"]["xaxis"]["type"] == "log"


@pytest.mark.parametrize(
    ("upper", "end"),
    [
        pytest.param(1.5, 4.2, id="never narrower than a factor of four"),
        pytest.param(300, 21, id="never wider than a factor of twenty"),
    ],
)
def test_axis_is_as_wide_as_the_limits_within_reason(upper, end):
    left, right = forest(ratio("All", 1.0, 0.9, upper))["layout"]["xaxis"]["range"]
    assert (left, right) == (-right, pytest.approx(log10(end)))


def test_sides_say_whom_they_favor():
    texts = [item["text"] for item in forest(ratio("All", 1, 0.5, 2))["layout"]["annotations"]]
    assert "← favors A" in texts
    assert "favors B →" in texts
