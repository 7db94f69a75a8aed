"""Who belongs to an analysis population, and why somebody does not.

Source: ICH E9 (1998), 5.2, on the full analysis set and the per protocol set.
"""

import numpy as np
import pandas as pd

from enrollment.calc.definition import Population
from outcomes.calc.snapshot.inputs import Inputs

REASONS = (
    "NOT-RANDOMIZED",
    "NOT-TREATED",
    "NO-BASELINE-SCAN",
    "NO-LATER-SCAN",
    "COMPLIANCE-UNKNOWN",
    "LOW-COMPLIANCE",
    "MAJOR-DEVIATION",
)


def why_not(inputs: Inputs, population: Population) -> pd.Series:
    """The first reason of `REASONS` for which each subject is outside; empty for a member.

    In the order of `inputs.subjects`. Capsules are those of all courses that are over; they are
    unknown where those of one course are.
    """
    subjects, by_subject = inputs.subjects, inputs.courses.groupby("subject")
    due = subjects["subject"].map(by_subject["due"].sum()).astype(float)
    taken = subjects["subject"].map(by_subject["taken"].agg(_whole_sum)).astype(float)
    outside = {
        "NOT-RANDOMIZED": subjects["randomized_on"].isna(),
        "NOT-TREATED": subjects["first_dose_on"].isna(),
        "NO-BASELINE-SCAN": ~subjects["baseline_adequate"].astype(bool),
        "NO-LATER-SCAN": ~subjects["has_follow_up_scan"].astype(bool),
        "COMPLIANCE-UNKNOWN": taken.isna() | ~(due > 0),
        "LOW-COMPLIANCE": _is_below(taken, due, population.minimum_compliance_percent or 0),
        "MAJOR-DEVIATION": subjects["has_major_deviation"].astype(bool),
    }
    asked = [name for name in REASONS if name in _asked(population)]
    found = np.full(len(subjects), "", dtype=object)
    for name in reversed(asked):
        found[outside[name].to_numpy(dtype=bool)] = name
    return pd.Series(found, index=subjects.index, dtype=object)


def _asked(population: Population) -> set[str]:
    scans = {"NO-BASELINE-SCAN", "NO-LATER-SCAN"}
    by_rule = {
        "enrolled": set(),
        "randomized": {"NOT-RANDOMIZED"},
        "treated": {"NOT-TREATED"},
        "response_evaluable": {"NOT-TREATED", *scans},
        "per_protocol": {"NOT-TREATED"},
    }
    asked: set[str] = set(by_rule[population.rule])
    if population.minimum_compliance_percent is not None:
        asked |= {"COMPLIANCE-UNKNOWN", "LOW-COMPLIANCE"}
    if population.without_major_deviation:
        asked.add("MAJOR-DEVIATION")
    return asked | scans if population.with_follow_up_scan else asked


def _is_below(taken: pd.Series, due: pd.Series, percent: float) -> pd.Series:
    """Compared in whole numbers: 80 of 100 are 80 %, and enough."""
    return 10_000 * taken < round(100 * percent) * due


def _whole_sum(values: pd.Series) -> float:
    return float(values.sum(skipna=False))
