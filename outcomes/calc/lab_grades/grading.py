"""Grading a table of values by the criteria, all values of one term and unit at once."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from outcomes.calc.lab_grades.criteria import steps_for
from outcomes.calc.lab_grades.steps import Step, Steps

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

_COMPARE = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def grade_values(values: pd.DataFrame, *, version: str) -> pd.Series:
    """The grade 0 to 4 of each row, missing where it cannot be told.

    `values`: term, direction (L or H), unit, value, low and high (limits of normal) and baseline,
    the last four as numbers. A term or unit that the version does not grade gives a missing grade.
    Both sides are compared after rounding to 15 significant digits, as the reference program does.

    Raises:
        KeyError: no such version of CTCAE.
    """
    grades = pd.Series(np.nan, index=values.index, dtype=float)
    for (term, direction, unit), rows in values.groupby(["term", "direction", "unit"]):
        steps = steps_for(version, str(term), str(direction), str(unit))
        if steps is not None:
            grades[rows.index] = _grade(steps, rows)
    return grades.astype("Int64")


def _grade(steps: Steps, rows: pd.DataFrame) -> Floats:
    numbers = {name: rows[name].to_numpy(float) for name in ("value", "low", "high", "baseline")}
    grade = np.full(len(rows), np.nan)
    is_open = ~np.isnan(numbers["value"])
    is_unsure = np.zeros(len(rows), dtype=bool)
    for step in steps:
        holds, is_unknown = _compare(step, numbers)
        is_hit = is_open & holds
        grade[is_hit] = np.nan if step.grade is None else step.grade
        is_open &= ~is_hit
        is_unsure |= is_unknown
    grade[is_open & ~is_unsure] = 0
    return grade


def _compare(step: Step, numbers: dict[str, Floats]) -> tuple[Bools, Bools]:
    """Where the step holds, and where a missing limit leaves that open."""
    applies = _applies(step, numbers)
    if step.against == "both":
        above = [_against(step, numbers, name) for name in ("high", "baseline")]
        refuted = np.logical_or(*(~holds & ~missing for holds, missing in above))
        missing = np.logical_or(*(missing for _holds, missing in above))
        return ~refuted & ~missing, ~refuted & missing
    name = {"L": "low", "U": "high", "B": "baseline"}.get(step.against, step.against)
    holds, missing = _against(step, numbers, name)
    return holds & applies, missing & applies & (not step.is_optional)


def _against(step: Step, numbers: dict[str, Floats], name: str) -> tuple[Bools, Bools]:
    value = numbers["value"]
    if name == "number":
        limit: Any = np.full(len(value), step.factor)
    elif name == "fall":
        baseline = numbers["baseline"]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(baseline != 0, 100 * (value - baseline) / baseline, np.nan)
        limit = np.where(np.isnan(value), np.nan, step.factor)
    else:
        limit = step.factor * numbers[name] + step.plus
    return _COMPARE[step.compare](_rounded(value), _rounded(limit)), np.isnan(limit)


def _applies(step: Step, numbers: dict[str, Floats]) -> Bools:
    baseline = _rounded(numbers["baseline"])
    is_high, is_low = baseline > _rounded(numbers["high"]), baseline < _rounded(numbers["low"])
    applies = {
        "always": np.ones(len(baseline), dtype=bool),
        "baseline high": is_high,
        "baseline not high": ~is_high,
        "baseline low": is_low,
        "baseline not low": ~is_low,
    }[step.when]
    if step.only_below_l:
        applies &= _rounded(numbers["value"]) < _rounded(numbers["low"])
    return applies


def _rounded(numbers: Floats) -> Floats:
    """To 15 significant digits, so that 3 × 1.1 is 3.3."""
    return np.array([float(f"{number:.15g}") for number in numbers.tolist()])
