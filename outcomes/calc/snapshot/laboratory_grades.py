"""The table `laboratory_grades`: every value of the laboratory forms with its CTCAE grade.

One row per patient, visit, test and direction that the trial's CTCAE version grades. Columns of
`grade_laboratory`:

    subject           number of the patient
    visit, sampled_on key of the visit, day of the sample
    test              field of the form, or calcium_corrected_mmol_l
    term, direction   CTCAE term; L or H
    value, unit       in the unit of the criterion
    low, high         limits of normal that held on the day; missing where none are known
    baseline          last value up to the day of the first dose; missing without one
    is_baseline       this row is that value
    is_on_treatment   after the first dose, up to the follow-up days after the last one
    grade_low         grade if no clinical clause holds; missing where it cannot be told
    grade_high        grade if every clinical clause holds
    clause            what makes the grade the worse one (symptoms, consequences, anticoagulation,
                      fasting); empty where the two are equal
    baseline_grade    `grade_high` of the baseline row of the same test and direction

A value from up to the day of the first dose is graded by the limits of normal alone, for nothing
stands before it; later ones follow the version's rules about the baseline. Somebody without a dose
has no baseline.
"""

from collections.abc import Mapping

import pandas as pd

from outcomes.calc.emergence import TreatmentPeriod
from outcomes.calc.lab_grades.evaluate import Numbers
from outcomes.calc.lab_grades.panel import Criterion, criteria_of, grade

COLUMNS = [
    "subject",
    "visit",
    "sampled_on",
    "test",
    "term",
    "direction",
    "value",
    "unit",
    "low",
    "high",
    "baseline",
    "is_baseline",
    "is_on_treatment",
    "grade_low",
    "grade_high",
    "clause",
    "baseline_grade",
]
_KEY = ["subject", "test", "direction"]


def grade_laboratory(
    values: pd.DataFrame, periods: Mapping[int, TreatmentPeriod], *, version: str
) -> pd.DataFrame:
    """`values`: subject, visit, sampled_on, test, value, low, high (numbers), by subject and day.

    `periods`: of the subjects who had a dose.
    """
    known = _with_baseline(values.dropna(subset=["value", "sampled_on"]), periods)
    parts = [
        _graded(rows, criterion)
        for test, rows in known.groupby("test", sort=False)
        for criterion in criteria_of(version, str(test))
    ]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts)
    table = table.assign(order=table.index).sort_values(
        ["subject", "order"], kind="stable", ignore_index=True
    )
    at_baseline = table.loc[table["is_baseline"], [*_KEY, "grade_high"]]
    at_baseline = at_baseline.rename(columns={"grade_high": "baseline_grade"})
    return table.merge(at_baseline, how="left", on=_KEY)[COLUMNS]


def _with_baseline(values: pd.DataFrame, periods: Mapping[int, TreatmentPeriod]) -> pd.DataFrame:
    """With the baseline of each value, and where in the treatment it stands."""
    values = values.reset_index(drop=True)
    first = {key: period.begins_on for key, period in periods.items()}
    last = {key: period.ends_on for key, period in periods.items()}
    begins = pd.to_datetime(values["subject"].map(first))
    ends = pd.to_datetime(values["subject"].map(last))
    day = values["sampled_on"]
    is_baseline = (day <= begins) & ~values[day <= begins].duplicated(
        ["subject", "test"], keep="last"
    ).reindex(values.index, fill_value=True)
    baselines = values.loc[is_baseline, ["subject", "test", "value"]]
    found = values.merge(
        baselines.rename(columns={"value": "baseline"}), how="left", on=["subject", "test"]
    )
    return found.assign(
        is_baseline=is_baseline,
        is_before=~(day > begins),
        is_on_treatment=(day > begins) & ~(day > ends),
    )


def _graded(rows: pd.DataFrame, criterion: Criterion) -> pd.DataFrame:
    numbers = rows[["value", "low", "high", "baseline"]].to_numpy(float).tolist()
    found = [
        grade(criterion, Numbers(*row), is_before_treatment=is_before)
        for row, is_before in zip(numbers, rows["is_before"], strict=True)
    ]
    return rows.assign(
        term=criterion.term,
        direction=criterion.direction,
        unit=criterion.test.unit,
        grade_low=pd.array([each.least for each in found], dtype="Int64"),
        grade_high=pd.array([each.worst for each in found], dtype="Int64"),
        clause=[each.clause for each in found],
    )
