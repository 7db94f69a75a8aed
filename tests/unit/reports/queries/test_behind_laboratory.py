"""Shifts are counted as the night counts them, so that a cell and its list agree."""

import pytest

from reports.queries.behind_laboratory import UNKNOWN, shifts


def value(patient, worst, *, baseline="1", visit="C1", on="Y"):
    return {
        "patient": patient, "grade_high": worst, "baseline_grade": baseline, "visit": visit,
        "is_on_treatment": on,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param([value("A", "1"), value("A", "3", visit="C2")], (1, 3, "C2"), id="the worst"),
        pytest.param([value("A", "2"), value("A", "2", visit="C2")], (1, 2, "C1"), id="the first"),
        pytest.param([value("A", ""), value("A", "0", visit="C2")], (1, 0, "C2"), id="graded once"),
        pytest.param([value("A", "")], (1, None, "C1"), id="never graded"),
        pytest.param([value("A", "2", baseline="")], (UNKNOWN, 2, "C1"), id="baseline unknown"),
    ],
)
def test_each_patient_stands_in_one_cell(lines, expected):
    [found] = shifts(lines)
    assert (found.baseline, found.worst, found.line["visit"]) == expected


def test_values_before_the_treatment_do_not_count():
    assert shifts([value("A", "4", on="N")]) == []
