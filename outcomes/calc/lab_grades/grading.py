"""Grading a table of values by the criteria."""

import numpy as np
import pandas as pd

from outcomes.calc.lab_grades.criteria import steps_for
from outcomes.calc.lab_grades.evaluate import Numbers, worst_grade


def grade_values(values: pd.DataFrame, *, version: str) -> pd.Series:
    """The grade 0 to 4 of each row, clinical clauses at their worst; missing if it cannot be told.

    `values`: term, direction (L or H), unit, value, low and high (limits of normal) and baseline,
    the last four as numbers. A term or unit that the version does not grade gives a missing grade.

    Raises:
        KeyError: no such version of CTCAE.
    """
    grades = pd.Series(np.nan, index=values.index, dtype=float)
    for (term, direction, unit), rows in values.groupby(["term", "direction", "unit"]):
        steps = steps_for(version, str(term), str(direction), str(unit))
        if steps is None:
            continue
        numbers = rows[["value", "low", "high", "baseline"]].to_numpy(float).tolist()
        found = [worst_grade(steps, Numbers(*row)) for row in numbers]
        given = [np.nan if grade is None else float(grade.grade) for grade in found]
        grades.loc[rows.index] = np.array(given, dtype=float)
    return grades.astype("Int64")
