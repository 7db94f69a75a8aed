"""CTCAE's laboratory criteria, each boundary on both sides, and what a missing limit does."""

import numpy as np
import pandas as pd
import pytest

from outcomes.calc.lab_grades import VERSIONS
from outcomes.calc.lab_grades.criteria import BY_VERSION
from outcomes.calc.lab_grades.grading import grade_values

NONE = np.nan


def grade(version, term, direction, unit, value, low=NONE, high=NONE, baseline=NONE):
    row = pd.DataFrame(
        [[term, direction, unit, value, low, high, baseline]],
        columns=["term", "direction", "unit", "value", "low", "high", "baseline"],
    )
    found = grade_values(row, version=version).iloc[0]
    return None if pd.isna(found) else int(found)


@pytest.mark.parametrize(
    ("version", "term", "direction", "unit", "low", "high", "pairs"),
    [
        ("5.0", "Anemia", "L", "g/L", 120, 160, {120: 0, 119.9: 1, 100: 1, 99.9: 2, 80: 2, 79: 3}),
        ("5.0", "Anemia", "L", "g/dL", 12, 16, {12: 0, 11.9: 1, 10: 1, 9.9: 2, 8: 2, 7.9: 3}),
        (
            "5.0",
            "Neutrophil count decreased",
            "L",
            "10^9/L",
            2,
            7,
            {2: 0, 1.9: 1, 1.5: 1, 1.49: 2, 1: 2, 0.99: 3, 0.5: 3, 0.49: 4},
        ),
        (
            "6.0",
            "Neutrophil count decreased",
            "L",
            "10^9/L",
            2,
            7,
            {1.9: 0, 1.5: 0, 1.49: 1, 1: 1, 0.99: 2, 0.49: 3, 0.1: 3, 0.09: 4},
        ),
        (
            "6.0",
            "Thrombocytopenia",
            "L",
            "10^9/L",
            125,
            350,
            {125: 0, 124: 1, 74.9: 2, 49.9: 3, 10: 3, 9.9: 4},
        ),
        (
            "4.03",
            "Platelet count decreased",
            "L",
            "10^3/mL",
            125000,
            350000,
            {74999: 2, 50000: 2, 24999: 4},
        ),
        (
            "4.03",
            "Hyponatremia",
            "L",
            "mmol/L",
            135,
            145,
            {135: 0, 134: 1, 130: 1, 129.9: 3, 120: 3, 119: 4},
        ),
        (
            "5.0",
            "Hyponatremia",
            "L",
            "mmol/L",
            135,
            145,
            {134: 1, 129.5: 1, 129: 3, 120: 3, 119: 4},
        ),
        ("6.0", "Hyponatremia", "L", "mmol/L", 135, 145, {130: 1, 129.5: 3, 119: 4}),
        (
            "5.0",
            "Hypokalemia",
            "L",
            "mmol/L",
            3.5,
            5,
            {3.5: 0, 3.4: 2, 3: 2, 2.9: 3, 2.5: 3, 2.4: 4},
        ),
        (
            "5.0",
            "Hypertriglyceridemia",
            "H",
            "mmol/L",
            NONE,
            NONE,
            {1.71: 0, 1.72: 1, 3.42: 1, 5.7: 2, 11.4: 3, 11.5: 4},
        ),
        (
            "6.0",
            "Creatinine clearance decreased",
            "L",
            "mL/min",
            NONE,
            NONE,
            {50: 0, 49: 2, 25.5: 2},
        ),
        (
            "6.0",
            "Creatinine clearance decreased",
            "L",
            "mL/min",
            NONE,
            NONE,
            {25: 3, 10: 3, 9: None},
        ),
        ("4.03", "Hyperuricemia", "H", "µmol/L", NONE, 400, {400: 0, 401: 3, 590: 3, 591: 4}),
        ("5.0", "Lymphocyte count increased", "H", "10^9/L", 1, 4, {4: 0, 4.1: 2, 20: 2, 20.1: 3}),
    ],
)
def test_fixed_limits(version, term, direction, unit, low, high, pairs):
    for value, expected in pairs.items():
        assert grade(version, term, direction, unit, value, low, high) == expected, value


@pytest.mark.parametrize(
    ("version", "baseline", "pairs"),
    [
        pytest.param("4.03", 100, {40: 0, 41: 1, 120: 1, 121: 2, 200: 2, 201: 3, 801: 4}, id="v4"),
        pytest.param("5.0", 40, {40: 0, 41: 1, 120: 1, 121: 2, 800: 3, 801: 4}, id="v5 normal"),
        pytest.param("5.0", NONE, {121: 2}, id="v5 baseline unknown is normal"),
        pytest.param(
            "5.0", 100, {149: 0, 150: 1, 300: 1, 301: 2, 501: 3, 2001: 4}, id="v5 abnormal"
        ),
        pytest.param(
            "6.0", 100, {99: 0, 100: 1, 150: 1, 151: 2, 200: 2, 201: 3, 401: 4}, id="v6 abnormal"
        ),
    ],
)
def test_alt_by_baseline(version, baseline, pairs):
    term = "Alanine aminotransferase increased"
    for value, expected in pairs.items():
        assert grade(version, term, "H", "U/L", value, 5, 40, baseline) == expected, value


@pytest.mark.parametrize(
    ("term", "twice", "expected"),
    [("GGT increased", 200, 0), ("Alkaline phosphatase increased", 200, 1)],
)
def test_where_the_reference_program_and_the_text_part(term, twice, expected):
    assert grade("5.0", term, "H", "U/L", twice, 5, 60, 100) == expected


def test_both_sides_are_rounded_before_they_are_compared():
    assert 3 * 1.1 != 3.3
    assert grade("4.03", "Alanine aminotransferase increased", "H", "", 3.3, 0, 1.1) == 1


@pytest.mark.parametrize(
    ("version", "term", "direction", "unit", "values", "expected"),
    [
        ("5.0", "Anemia", "L", "g/L", (79,), 3),
        ("5.0", "Anemia", "L", "g/L", (110,), None),
        ("5.0", "CPK increased", "H", "U/L", (900,), None),
        ("4.03", "Creatinine increased", "H", "", (80, 50, 90), None),
        ("5.0", "Creatinine increased", "H", "", (80, 50, 90), 0),
        ("4.03", "Creatinine increased", "H", "", (300, NONE, NONE, 80), 3),
        ("5.0", "INR increased", "H", "", (1.1,), None),
        ("5.0", "INR increased", "H", "", (1.3,), 1),
        ("5.0", "INR increased", "H", "", (1.1, NONE, NONE, 1.0), 1),
        ("6.0", "Alkaline phosphatase increased", "H", "", (100, NONE, NONE, 100), 0),
        ("6.0", "Alkaline phosphatase increased", "H", "", (101, NONE, NONE, 100), None),
        ("6.0", "Alkaline phosphatase increased", "H", "", (101, NONE, 100, 100), 1),
        ("5.0", "Fibrinogen decreased", "L", "g/L", (0.4,), 4),
        ("5.0", "Fibrinogen decreased", "L", "g/L", (2.5, 2, 4, 10), 0),
        ("4.03", "Fibrinogen decreased", "L", "g/L", (2.5, 2, 4, 10), 4),
        ("5.0", "Fibrinogen decreased", "L", "g/L", (1.9, 2, 4, 10), 4),
        ("5.0", "Anemia", "L", "mmol/L", (4,), None),
        ("5.0", "Hypophosphatemia", "L", "mmol/L", (0.2, 0.8), None),
        ("5.0", "Anemia", "H", "g/L", (79,), None),
        ("5.0", "Anemia", "L", "g/L", (NONE, 120), None),
    ],
)
def test_what_is_missing(version, term, direction, unit, values, expected):
    assert grade(version, term, direction, unit, *values) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_a_worse_value_never_has_a_better_grade(version):
    for (term, direction), units in BY_VERSION[version].items():
        if term == "Creatinine clearance decreased":
            continue  # below 10 it is another term
        for unit in units:
            values = np.geomspace(0.01, 1e6, 400)
            rows = pd.DataFrame(
                {"term": term, "direction": direction, "unit": unit, "value": values}
            )
            rows = rows.assign(low=50.0, high=100.0, baseline=70.0)
            grades = grade_values(rows, version=version).dropna().astype(int)
            steps = np.diff(grades) if direction == "H" else -np.diff(grades)
            assert (steps >= 0).all(), (term, unit)
