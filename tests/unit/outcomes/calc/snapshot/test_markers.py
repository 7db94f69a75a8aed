import pandas as pd

from outcomes.calc.snapshot.markers import marker_values, summarize_markers

DAY_ONE = pd.Timestamp("2026-01-01")
FIRST_DOSES = pd.Series({1: DAY_ONE, 2: DAY_ONE})


def values(*rows):
    """Each row: subject, days after the first dose, value."""
    table = pd.DataFrame(
        [(who, "afp_ug_l", f"d{day}", day, value) for who, day, value in rows],
        columns=["subject", "marker", "visit", "day", "value"],
    )
    sampled = DAY_ONE + pd.to_timedelta(table.pop("day").astype(int), unit="D")
    return marker_values(table.assign(sampled_on=sampled), FIRST_DOSES)


def column(rows, name):
    return [None if pd.isna(value) else value for value in rows[name]]


def test_baseline_is_the_last_value_up_to_the_first_dose():
    rows = values((1, -10, 500), (1, 0, 400), (1, 1, 200))
    assert column(rows, "is_baseline") == [False, True, False]
    assert column(rows, "day") == [-10, 1, 2]
    assert column(rows, "ratio") == [1.25, 1, 0.5]


def test_nadir_is_the_smallest_before_and_holds_the_baseline():
    rows = values((1, -3, 10), (1, 0, 400), (1, 21, 100), (1, 42, 150), (1, 63, 50))
    assert column(rows, "nadir") == [None, None, 400, 100, 100]
    assert column(rows, "nadir_change_pct") == [None, None, -75, 50, -50]


def test_nothing_is_compared_with_a_baseline_of_zero():
    rows = values((1, 0, 0), (1, 21, 5))
    assert column(rows, "ratio") == [None, None]
    [trend] = summarize_markers(rows)
    assert (trend["without_baseline"], trend["lines"]) == (1, [])


def test_lines_begin_at_week_0_with_the_ratio_1():
    rows = values((1, -9, 400), (1, 21, 100), (2, 14, 30))
    [trend] = summarize_markers(rows)
    assert trend["lines"] == [{"weeks": [0, 3], "ratio": [1, 0.25]}]
    assert trend["without_baseline"] == 1


def test_who_had_no_dose_is_left_out():
    assert not len(values((3, 0, 10)))


def test_marker_that_nobody_has_is_no_trend():
    assert summarize_markers(values()) == []
