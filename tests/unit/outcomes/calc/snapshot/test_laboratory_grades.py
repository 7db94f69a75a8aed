from datetime import date

import pandas as pd
import pytest

from outcomes.calc.emergence import TreatmentPeriod
from outcomes.calc.snapshot.laboratory_grades import COLUMNS, grade_laboratory
from outcomes.calc.snapshot.periods import treatment_periods

PERIODS = {0: TreatmentPeriod(date(2026, 3, 10), date(2026, 5, 10))}


def values(*rows, subject=0, test="alt_u_l", limits=(5.0, 40.0)):
    """Rows are a day and a value."""
    table = pd.DataFrame(
        [
            (subject, f"V{number}", day, test, value, *limits)
            for number, (day, value) in enumerate(rows)
        ],
        columns=["subject", "visit", "sampled_on", "test", "value", "low", "high"],
    )
    return table.assign(sampled_on=pd.to_datetime(table["sampled_on"]))


def graded(*tables, version="5.0", periods=PERIODS):
    return grade_laboratory(pd.concat(tables, ignore_index=True), periods, version=version)


def test_baseline_is_the_last_value_up_to_the_day_of_the_first_dose():
    table = graded(values(("2026-03-01", 50.0), ("2026-03-10", 100.0), ("2026-03-11", 150.0)))
    assert table["is_baseline"].tolist() == [False, True, False]
    assert table["baseline"].tolist() == [100.0, 100.0, 100.0]
    # 150 is 1.5 × the baseline that was high already; the two before stand against the limits.
    assert table["grade_high"].tolist() == [1, 1, 1]
    assert table["baseline_grade"].tolist() == [1, 1, 1]


def test_value_just_under_one_and_a_half_times_a_high_baseline_is_no_grade():
    table = graded(values(("2026-03-10", 100.0), ("2026-03-11", 149.0)))
    assert table["grade_high"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2026-03-10", False), ("2026-03-11", True), ("2026-05-10", True), ("2026-05-11", False)],
)
def test_under_treatment_is_after_the_first_dose_to_the_end_of_follow_up(day, expected):
    [row] = graded(values((day, 30.0))).to_dict("records")
    assert row["is_on_treatment"] is expected


def test_nobody_without_a_dose_has_a_baseline():
    [row] = graded(values(("2026-03-10", 130.0)), periods={}).to_dict("records")
    assert not row["is_baseline"]
    assert pd.isna(row["baseline"])
    assert row["grade_high"] == 2


def test_both_directions_stand_side_by_side():
    table = graded(values(("2026-03-11", 3.2), test="potassium_mmol_l", limits=(3.5, 5.3)))
    assert table[["direction", "grade_low", "grade_high", "clause"]].to_numpy().tolist() == [
        ["L", 1, 2, "symptoms"],
        ["H", 0, 0, ""],
    ]


def test_missing_limits_leave_the_grade_empty():
    [row] = graded(values(("2026-03-11", 50.0), limits=(None, None))).to_dict("records")
    assert pd.isna(row["grade_low"])
    assert pd.isna(row["grade_high"])


def test_nothing_to_grade_is_an_empty_table():
    assert grade_laboratory(values(), {}, version="5.0").columns.tolist() == COLUMNS
    assert grade_laboratory(
        values(("2026-03-11", 3.0), test="urea_mmol_l"), {}, version="5.0"
    ).empty


def test_order_of_rows_and_patients_does_not_matter_for_a_value():
    one, other = values(("2026-03-10", 30.0)), values(("2026-03-11", 130.0), subject=1)
    columns = ["subject", "value", "grade_high"]
    both = graded(one, other)[columns].to_numpy().tolist()
    assert both == [
        *graded(one)[columns].to_numpy().tolist(),
        *graded(other)[columns].to_numpy().tolist(),
    ]


def test_period_ends_with_the_later_known_dose_once_treatment_has_ended():
    day = pd.Timestamp
    subjects = pd.DataFrame(
        {
            "subject": [0, 1, 2, 3],
            "first_dose_on": [day("2026-01-01")] * 3 + [pd.NaT],
            "last_dose_on": [day("2026-02-01")] * 3 + [pd.NaT],
        }
    )
    ends = pd.DataFrame({"subject": [0, 1], "last_dose_on": [day("2026-02-03"), pd.NaT]})
    found = treatment_periods(subjects, ends, follow_up_days=30)
    assert {key: period.ends_on for key, period in found.items()} == {
        0: date(2026, 3, 5),
        1: date(2026, 3, 3),
        2: None,
    }
