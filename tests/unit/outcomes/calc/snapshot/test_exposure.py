"""Dose intensity by hand: given per day in percent of planned per day."""

import pandas as pd
import pytest

from outcomes.calc.snapshot.exposure import exposure_by_patient, summarize_exposure

COURSE = ["subject", "visit", "started_on", "course_days", "planned", "due", "taken"]
DOSE = ["subject", "drug", "change", "day", "course_days", "dose_mg", "planned_mg"]


def courses(*rows):
    table = pd.DataFrame(
        [(subject, "", day, 21, 60, due, taken) for subject, day, due, taken in rows],
        columns=COURSE,
    )
    return table.assign(
        started_on=pd.to_datetime(table["started_on"]), taken=table["taken"].astype(float)
    )


def doses(*rows):
    table = pd.DataFrame(
        [
            (subject, "drug", change, day, 21, dose, planned)
            for subject, change, day, dose, planned in rows
        ],
        columns=DOSE,
    )
    return table.assign(
        day=pd.to_datetime(table["day"]),
        dose_mg=table["dose_mg"].astype(float),
        planned_mg=table["planned_mg"].astype(float),
    )


def exposure(given=(), background=()):
    return exposure_by_patient(courses(*given), doses(*background)).to_dict("records")


def test_courses_on_time_and_whole_are_the_full_intensity():
    [row] = exposure([(0, "2026-01-01", 60, 60), (0, "2026-01-22", 60, 60)])
    assert (row["courses"], row["days"], row["planned_days"]) == (2, 42, 42)
    assert (row["given"], row["relative_pct"], row["compliance_pct"]) == (120, 100, 100)


def test_a_delay_lowers_the_intensity_and_not_the_compliance():
    # The second course begins 21 days late: 120 capsules in 63 days instead of 42.
    [row] = exposure([(0, "2026-01-01", 60, 60), (0, "2026-02-12", 60, 60)])
    assert row["relative_pct"] == pytest.approx(100 * 42 / 63)
    assert row["compliance_pct"] == 100


def test_a_closed_gate_lowers_the_intensity_and_not_the_compliance():
    [row] = exposure([(0, "2026-01-01", 6, 6)])
    assert (row["relative_pct"], row["compliance_pct"]) == (10, 100)


def test_one_unknown_course_leaves_the_intensity_unknown():
    [row] = exposure([(0, "2026-01-01", 60, None), (0, "2026-01-22", 60, 60)])
    assert pd.isna(row["given"])
    assert pd.isna(row["relative_pct"])
    assert pd.isna(row["compliance_pct"])


def test_dose_that_was_held_counts_as_none():
    # 8 + 0 + 8 mg in three courses of 8 mg.
    [row] = exposure(
        background=[
            (0, "none", "2026-01-01", 8, 8),
            (0, "held", "2026-01-22", None, 8),
            (0, "none", "2026-02-12", 8, 8),
        ]
    )
    assert row["relative_pct"] == pytest.approx(200 / 3)
    assert (row["planned_by"], row["unit"]) == ("weight", "mg")


def test_stop_for_good_ends_the_treatment_and_does_not_lower_it():
    [row] = exposure(
        background=[(0, "none", "2026-01-01", 8, 8), (0, "stopped", "2026-01-22", None, 8)]
    )
    assert (row["courses"], row["relative_pct"]) == (1, 100)


def test_drug_without_a_planned_number_is_compared_with_the_first_dose():
    # 200 and then 100 mg: 75 % of the first dose on average.
    [row] = exposure(
        background=[(0, "none", "2026-01-01", 200, None), (0, "reduced", "2026-01-22", 100, None)]
    )
    assert (row["planned_dose"], row["planned_by"]) == (200, "first dose")
    assert row["relative_pct"] == 75


def test_drug_held_from_the_beginning_has_no_first_dose_to_compare_with():
    [row] = exposure(background=[(0, "held", "2026-01-01", None, None)])
    assert pd.isna(row["planned_dose"])
    assert pd.isna(row["relative_pct"])


def test_unknown_dose_leaves_the_drug_unknown():
    [row] = exposure(
        background=[(0, "none", "2026-01-01", 8, 8), (0, "none", "2026-01-22", None, 8)]
    )
    assert pd.isna(row["relative_pct"])


def test_nobody_treated_is_no_row():
    assert exposure() == []


def test_summary_counts_people_and_names_nobody():
    rows = exposure_by_patient(
        courses((0, "2026-01-01", 60, 60), (1, "2026-01-01", 60, 30), (2, "2026-01-01", 60, None)),
        doses(),
    )
    decisions = pd.DataFrame(
        [(0, "capsules", "hold"), (0, "capsules", "hold"), (1, "capsules", "hold")],
        columns=["subject", "treatment", "action"],
    )
    found = summarize_exposure(rows, decisions, treatments=["capsules", "drug"])
    [capsules] = found["treatments"]
    assert (capsules["patients"], capsules["unknown"]) == (3, 1)
    assert capsules["intensities"] == found["compliance"] == [50, 100]
    assert capsules["intensity"]["median"] == 75
    assert capsules["decisions"] == [{"action": "hold", "patients": 2}]


def test_order_of_rows_does_not_matter():
    first = [(1, "2026-01-01", 60, 50), (0, "2026-01-01", 60, 60), (0, "2026-01-22", 60, 10)]
    assert exposure(first) == exposure(first[::-1])
