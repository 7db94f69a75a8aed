from functools import partial

from reports.charts.butterfly import butterfly_figure
from reports.charts.exposure import compliance_bins
from reports.charts.laboratory import trend_figure
from reports.charts.markers import marker_figure


def behind(**asked):
    return "/".join(asked.values())


BOTH = (partial(behind, events="left"), partial(behind, events="right"))
TERMS = [
    ("Nausea", [2, 1, 1, 0, 0], [1, 0, 0, 0, 0], BOTH),
    ("Rash", [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], BOTH),
]


def test_butterfly_has_the_most_frequent_term_on_top_and_percent_to_both_sides():
    figure = butterfly_figure(TERMS, n=(10, 10), sides=("left", "right"))
    left_mild, left_severe, right_mild, _right_severe = figure["data"]
    assert left_mild["y"] == ["Rash", "Nausea"]
    assert left_mild["x"] == [-10, -30]
    assert left_severe["x"] == [0, -10]
    assert right_mild["x"] == [0, 10]
    assert figure["layout"]["xaxis"]["range"] == [-50, 50]
    # A click opens those of the side and of the grades of the part.
    assert left_severe["customdata"][1] == ["left/3-5", "1 (10.0 %)"]
    assert right_mild["customdata"][1][0] == "right/1-2"


def test_butterfly_of_nobody_divides_by_nothing():
    assert butterfly_figure([], n=(0, 0), sides=("left", "right"))["data"][0]["x"] == []


def test_compliance_of_exactly_90_and_100_percent():
    bins = dict(compliance_bins([89.99, 90, 99.99, 100, 100.1]))
    assert bins == {"80–<90": 1, "90–<100": 2, "100": 1, ">100": 1}


def point(visit, q1, median, q3):
    return {"visit": visit, "day": 1, "n": 3, "q1": q1, "median": median, "q3": q3}


def test_bands_lie_between_one_grade_and_the_next_and_only_within_the_drawing():
    limits = [
        {"direction": "L", "grade": 1, "at": 120},
        {"direction": "L", "grade": 2, "at": 100},
        {"direction": "L", "grade": 3, "at": 20},
    ]
    trend = {"test": "x", "unit": "g/L", "limits": limits, "visits": [point("C1", 90, 110, 130)]}
    shapes = trend_figure(trend, label="x", behind=behind)["layout"]["shapes"]
    spans = [(shape["y0"], shape["y1"]) for shape in shapes]
    low = trend_figure(trend, label="x", behind=behind)["layout"]["yaxis"]["range"][0]
    assert spans == [(100, 120), (low, 100)]


def test_marker_lines_need_a_later_value():
    trend = {
        "marker": "afp_ug_l",
        "without_baseline": 0,
        "lines": [{"weeks": [0], "ratio": [1]}, {"weeks": [0, 3], "ratio": [1, 0.5]}],
    }
    assert [line["y"] for line in marker_figure(trend)["data"]] == [[1, 0.5]]


def test_arms_are_compared_by_percent_of_their_own_patients():
    figure = butterfly_figure(
        [("Nausea", [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], BOTH)], n=(4, 10), sides=("left", "right")
    )
    assert [part["x"] for part in figure["data"]] == [[-25], [0], [10], [0]]
