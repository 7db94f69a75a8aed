import pandas as pd
import pytest

from outcomes.calc.snapshot.laboratory import laboratory_shifts, laboratory_trends

DAY_ONE = pd.Timestamp("2026-01-01")
FIRST_DOSES = pd.Series({1: DAY_ONE, 2: DAY_ONE, 3: DAY_ONE})


def grades(*rows):
    """Each row: subject, direction, on treatment, grade, grade at baseline."""
    table = pd.DataFrame(
        [
            (who, "platelets_10e9_l", "Platelet count decreased", way, on, grade, baseline)
            for who, way, on, grade, baseline in rows
        ],
        columns=[
            "subject",
            "test",
            "term",
            "direction",
            "is_on_treatment",
            "grade_high",
            "baseline_grade",
        ],
    )
    return table.astype({"grade_high": "Int64", "baseline_grade": "Int64"})


def test_worst_grade_under_treatment_stands_against_the_baseline():
    [shift] = laboratory_shifts(
        grades((1, "L", False, 4, 1), (1, "L", True, 2, 1), (1, "L", True, 3, 1))
    )
    assert shift["counts"][1] == [0, 0, 0, 1, 0]
    assert sum(map(sum, shift["counts"])) == 1


def test_grade_before_the_first_dose_alone_is_no_shift():
    assert laboratory_shifts(grades((1, "L", False, 4, 1))) == []


def test_unknown_baseline_has_a_row_of_its_own_and_no_grade_is_counted_apart():
    [shift] = laboratory_shifts(
        grades((1, "L", True, 0, None), (2, "L", True, None, 0), (3, "L", True, 4, 0))
    )
    assert shift["counts"][5] == [1, 0, 0, 0, 0]
    assert shift["counts"][0] == [0, 0, 0, 0, 1]
    assert shift["not_graded"] == 1


def test_directions_stand_apart():
    found = laboratory_shifts(grades((1, "L", True, 0, 0), (1, "H", True, 2, 0)))
    assert [(shift["direction"], shift["counts"][0]) for shift in found] == [
        ("L", [1, 0, 0, 0, 0]),
        ("H", [0, 0, 1, 0, 0]),
    ]


def values(*rows, test="hemoglobin_g_l", low=120.0, high=160.0):
    """Each row: subject, visit, days after the first dose, value."""
    return pd.DataFrame(
        [
            (who, test, "g/L", visit, DAY_ONE + pd.Timedelta(days=day), value, low, high)
            for who, visit, day, value in rows
        ],
        columns=["subject", "test", "unit", "visit", "sampled_on", "value", "low", "high"],
    )


def trend(table):
    [found] = laboratory_trends(table, FIRST_DOSES, version="5.0")
    return found


def test_quartiles_of_a_visit_by_linear_interpolation():
    rows = [(1, "C1", 0, 100.0), (2, "C1", 0, 110.0), (3, "C1", 2, 130.0)]
    [point] = trend(values(*rows))["visits"]
    assert (point["q1"], point["median"], point["q3"]) == (105, 110, 120)
    assert (point["n"], point["day"]) == (3, 1)


def test_value_that_is_graded_in_two_directions_counts_once():
    table = values((1, "C1", 0, 100.0))
    assert trend(pd.concat([table, table]))["visits"][0]["n"] == 1


def test_visits_stand_by_day_and_the_day_before_the_first_dose_is_minus_one():
    rows = [(1, "C10", 210, 100.0), (1, "C2", 21, 100.0), (1, "S", -1, 100.0)]
    found = [(point["visit"], point["day"]) for point in trend(values(*rows))["visits"]]
    assert found == [("S", -1), ("C2", 22), ("C10", 211)]


def test_limits_of_grades_follow_the_criteria_and_the_limits_of_normal():
    # CTCAE 5.0: anemia <L, <100, <80 g/L; hemoglobin increased by more than 0, 20, 40 g/L over U.
    found = [
        (at["direction"], at["grade"], at["at"])
        for at in trend(values((1, "C1", 0, 100.0)))["limits"]
    ]
    assert found == [
        ("H", 1, 160),
        ("H", 2, 180),
        ("H", 3, 200),
        ("L", 1, 120),
        ("L", 2, 100),
        ("L", 3, 80),
    ]


def test_without_limits_of_normal_only_plain_numbers_are_limits():
    table = values((1, "C1", 0, 100.0), low=float("nan"), high=float("nan"))
    assert [at["at"] for at in trend(table)["limits"]] == [100, 80]


def test_multiples_of_the_upper_limit():
    table = values((1, "C1", 0, 30.0), test="alt_u_l", low=0.0, high=40.0)
    assert [at["at"] for at in trend(table)["limits"]] == pytest.approx([40, 120, 200, 800])


def test_no_value_is_no_trend():
    assert laboratory_trends(values(), FIRST_DOSES, version="5.0") == []
