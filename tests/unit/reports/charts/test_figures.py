"""The conventions of the figures: what reviewers expect to see, and where."""

import pytest

from reports.charts.consort import consort_figure
from reports.charts.forest import forest_figure
from reports.charts.patients import spider_figure, swimmer_figure, waterfall_figure
from reports.charts.references import reference_figure
from reports.charts.style import RESPONSE_COLORS, response_color
from reports.charts.survival import last_drawn_month, survival_figure
from reports.queries.flow import FlowBox
from reports.queries.patient_figures import Bar, Lane, Point, Thread
from reports.queries.references import Compared, Value
from reports.queries.subgroups import Subgroup


def bar(number, pct, response="SD", *, new=False):
    return Bar(number, f"/patients/{number}/", response, pct, "scan-1", new)


def trace(figure, name):
    return next(item for item in figure["data"] if item.get("name") == name)


def texts(figure):
    return [item.get("text") for item in figure["layout"]["annotations"]]


def test_waterfall_has_lines_at_both_thresholds():
    lines = waterfall_figure([bar("A", 10)])["layout"]["shapes"]
    assert sorted(line["y0"] for line in lines) == [-30, 20]


@pytest.mark.parametrize(
    ("pct", "drawn", "mark"),
    [
        pytest.param(100.0, 100.0, False, id="at the limit"),
        pytest.param(100.1, 100, True, id="just above it"),
        pytest.param(-100.0, -100.0, False, id="gone"),
    ],
)
def test_growth_above_the_limit_is_cut_off_with_a_mark(pct, drawn, mark):
    figure = waterfall_figure([bar("A", pct, "PD")])
    assert trace(figure, "PD")["y"] == [drawn]
    assert any("↑" in text for text in texts(figure)) is mark


@pytest.mark.parametrize(
    ("pct", "marks"),
    [
        pytest.param(0.0, ["/patients/A/"], id="no bar at all"),
        pytest.param(-1.9, ["/patients/A/"], id="hardly a bar"),
        pytest.param(2.0, [], id="a bar to click on"),
    ],
)
def test_flat_bar_has_a_mark_to_click_on(pct, marks):
    flat = trace(waterfall_figure([bar("A", pct)]), "hardly any change")
    assert [href for href, _who, _text in flat["customdata"]] == marks


def test_bars_carry_the_address_of_their_patient():
    figure = waterfall_figure([bar("A", 30, "PD", new=True), bar("B", -40, "PR")])
    assert trace(figure, "PR")["customdata"][0][0] == "/patients/B/"
    assert trace(figure, "new lesion")["x"] == [1]


def test_patients_of_other_sites_who_are_alike_are_each_drawn():
    alike = [Bar("", "", "SD", 5.0, "scan-1", False) for _patient in range(2)]
    assert trace(waterfall_figure(alike), "SD")["x"] == [1, 2]
    lanes = [Lane("", "", "SD", 3, False, None, None, False, None, None) for _patient in range(2)]
    assert trace(swimmer_figure(lanes), "SD")["y"] == [2, 1]


def test_each_response_has_one_color_in_both_criteria():
    assert response_color("iPR") == response_color("PR") == RESPONSE_COLORS["PR"]
    assert response_color("iUPD") == response_color("PD")
    assert response_color("unheard of") == RESPONSE_COLORS["NE"]


def test_spider_lines_begin_at_the_baseline_and_are_parted():
    threads = [
        Thread("A", "/a/", "PR", [Point(6, -20, "scan-1")], None, None),
        Thread("B", "/b/", "PR", [Point(7, -30, "scan-1")], Point(9, -30, "scan-2"), None),
    ]
    figure = spider_figure(threads)
    lines = trace(figure, "PR")
    assert (lines["x"], lines["y"]) == ([0, 6, None, 0, 7, None], [0, -20, None, 0, -30, None])
    assert len(lines["customdata"]) == len(lines["x"])
    assert trace(figure, "progression by a new lesion")["x"] == [9]


def test_swimmer_puts_the_first_lane_on_top():
    lanes = [
        Lane("A", "/a/", "PR", 6, True, 1, 4, False, None, None),
        Lane("B", "/b/", "PD", 2, False, None, None, False, 1.5, 3),
    ]
    figure = swimmer_figure(lanes)
    assert trace(figure, "PR")["y"] == [2]
    assert trace(figure, "treatment goes on")["y"] == [2]
    assert (trace(figure, "death")["x"], trace(figure, "death")["y"]) == ([3], [1])
    assert trace(figure, "response")["x"] == [1, 4, None]


def curve(at_risk, n, *, last=10.0):
    ticks = [
        {"month": month, "at_risk": number, "events": 0, "censored": 0}
        for month, number in enumerate(at_risk)
    ]
    return {
        "endpoint": "os", "criteria": "", "n": n, "events": 1, "months": [0.0, 1.5, last],
        "survival": [1.0, 0.5, 0.25], "lower": [1.0, None, None], "upper": [1.0, None, None],
        "last_month": last, "censored_months": [0.5, last], "censored_survival": [1.0, 0.25],
        "at_risk": ticks, "median": 1.5, "median_lower": None, "median_upper": None, "level": 0.95,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at_risk", "month"),
    [
        pytest.param([20, 10, 2], 10.0, id="a tenth is enough"),
        pytest.param([20, 10, 1], 1.0, id="just below a tenth"),
        pytest.param([20, 1], 10.0, id="never cut to nothing"),
    ],
)
def test_curve_ends_where_few_remain(at_risk, month):
    assert last_drawn_month(curve(at_risk, 20)) == month


def test_curve_stands_on_its_numbers_at_risk():
    figure = survival_figure(
        curve([20, 10, 1], 20), title="OS", behind=lambda **asked: "/".join(asked.values())
    )
    below = [item for item in figure["layout"]["annotations"] if item.get("yref") == "y2"]
    # At risk above, censored before below; nobody is behind a 0.
    assert [(item["x"], item["y"], item["text"], item.get("name")) for item in below] == [
        (0, 1, "20", "0"), (1, 1, "10", "1"), (0, 0, "0", None), (1, 0, "0", None),
    ]  # fmt: skip
    assert figure["layout"]["xaxis"]["tickvals"] == [0, 1]
    assert figure["layout"]["yaxis"]["range"][0] == 0
    assert trace(figure, "OS")["x"] == [0.0, 1.0]
    assert trace(figure, "censored")["x"] == [0.5]
    assert "Median 1.5 months (95 % CI NE–NE)" in texts(figure)


def test_forest_boxes_grow_by_area_and_empty_ones_are_left_out():
    rows = [
        Subgroup("all", "all", "All patients", 40, 10, 25.0, 12.0, 41.0, "Clopper-Pearson"),
        Subgroup("sex", "F", "Sex: female", 10, 0, 0.0, 0.0, 31.0, "Clopper-Pearson"),
        Subgroup("sex", "M", "Sex: male", 0, 0, None, 0.0, 0.0, "Clopper-Pearson"),
    ]
    figure = forest_figure(rows, behind=lambda **asked: "/".join(asked.values()))
    (boxes,) = figure["data"]
    assert boxes["marker"]["size"] == [18, 9]
    assert boxes["y"] == [3, 2]
    assert figure["layout"]["shapes"][0]["x0"] == 25.0
    assert "10 / 40" in texts(figure)
    assert boxes["customdata"][1][0] == "sex/F"
    links = {item["text"]: item.get("name") for item in figure["layout"]["annotations"]}
    assert (links["0 / 10"], links["0 / 0"]) == ("sex/F", None)


def test_trial_stands_above_the_published_results_with_its_interval():
    own = Compared("own", "This trial", "RECIST 1.1", True, {"orr": [Value(22.5, 10.8, None, "")]})
    other = Compared("x", "Huang 2022", "drug", False, {"orr": [Value(9.1, None, None, "9.1 %")]})
    figure = reference_figure([own, other])
    published, mine = figure["data"][:2]
    assert (published["x"], published["y"]) == ([9.1], [1])
    assert "error_x" not in published
    assert mine["y"] == [2]
    assert mine["error_x"]["arrayminus"] == [pytest.approx(11.7)]
    assert mine["error_x"]["array"] == [0]  # cannot be estimated


def test_flow_shows_who_left_beside_the_arrow():
    rows = [
        (FlowBox("Screened", 3, "/who/", "Enrollment"), None),
        (FlowBox("Enrolled", 2), FlowBox("Not enrolled", 1, reasons=[("E01 allergy", 1)])),
    ]
    figure = consort_figure(rows)
    boxes = figure["layout"]["shapes"]
    assert len(boxes) == 3
    assert boxes[1]["x0"] > boxes[0]["x1"]
    assert "– E01 allergy (n\u00a0=\u00a01)" in texts(figure)
    first = next(x for x in figure["layout"]["annotations"] if x.get("name"))
    assert (first["text"], first["name"]) == ("Screened (n\u00a0=\u00a03)", "/who/")
