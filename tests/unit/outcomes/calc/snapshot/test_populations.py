import pandas as pd
import pytest

from enrollment.calc.definition import Population, Text
from outcomes.calc.snapshot.populations import why_not

DAY = pd.Timestamp("2026-01-01")


class Read:
    """As much of `Inputs` as a population needs: one patient, with some courses."""

    def __init__(self, *courses, **known):
        columns = {
            "subject": 0,
            "randomized_on": pd.NaT,
            "first_dose_on": DAY,
            "baseline_adequate": True,
            "has_follow_up_scan": True,
            "has_major_deviation": False,
        }
        self.subjects = pd.DataFrame([columns | known])
        self.courses = pd.DataFrame(
            [(0, due, taken) for due, taken in courses], columns=["subject", "due", "taken"]
        )


def population(rule="per_protocol", **conditions):
    return Population(id="pp", name=Text(en="x", zh_hans="x"), rule=rule, **conditions)


def reason(read, asked):
    return why_not(read, asked).iloc[0]


@pytest.mark.parametrize(
    ("courses", "expected"),
    [
        pytest.param([(100, 80)], "", id="exactly 80 percent"),
        pytest.param([(100, 79)], "LOW-COMPLIANCE", id="just under"),
        pytest.param([(60, 60), (60, 36)], "", id="80 percent of two courses together"),
        pytest.param([(60, 60), (60, 35)], "LOW-COMPLIANCE", id="just under in two courses"),
        pytest.param([(60, 60), (60, None)], "COMPLIANCE-UNKNOWN", id="one course is not known"),
        pytest.param([], "COMPLIANCE-UNKNOWN", id="no course is over"),
    ],
)
def test_capsules_of_the_per_protocol_population(courses, expected):
    assert reason(Read(*courses), population(minimum_compliance_percent=80)) == expected


@pytest.mark.parametrize(
    ("known", "conditions", "expected"),
    [
        ({"has_major_deviation": True}, {"without_major_deviation": True}, "MAJOR-DEVIATION"),
        ({}, {"without_major_deviation": True}, ""),
        ({"has_follow_up_scan": False}, {"with_follow_up_scan": True}, "NO-LATER-SCAN"),
        ({"has_follow_up_scan": False}, {"without_major_deviation": True}, ""),
        ({"first_dose_on": pd.NaT}, {"without_major_deviation": True}, "NOT-TREATED"),
    ],
)
def test_other_conditions_of_the_per_protocol_population(known, conditions, expected):
    assert reason(Read(**known), population(**conditions)) == expected


@pytest.mark.parametrize(
    ("rule", "known", "expected"),
    [
        ("enrolled", {"first_dose_on": pd.NaT}, ""),
        ("randomized", {}, "NOT-RANDOMIZED"),
        ("randomized", {"randomized_on": DAY}, ""),
        ("treated", {"first_dose_on": pd.NaT}, "NOT-TREATED"),
        ("response_evaluable", {"baseline_adequate": False}, "NO-BASELINE-SCAN"),
        ("response_evaluable", {"has_follow_up_scan": False}, "NO-LATER-SCAN"),
        ("response_evaluable", {}, ""),
    ],
)
def test_other_populations(rule, known, expected):
    assert reason(Read(**known), population(rule)) == expected
