"""Laboratory values of the population: shifts of grade, and medians visit by visit."""

import pandas as pd

from outcomes.calc.lab_grades.panel import criteria_of
from outcomes.calc.lab_grades.steps import Step, without_baseline
from outcomes.calc.snapshot.safety_summary import GradeLimit, Shift, Trend, TrendPoint

WORST = 4
"""The highest grade that a number alone gives."""
_TEST = ["test", "term", "direction"]


def laboratory_shifts(grades: pd.DataFrame) -> list[Shift]:
    """`grades`: of the table `laboratory_grades`, for the population; tests in its order."""
    later = grades[grades["is_on_treatment"].astype(bool)]
    worst = (
        later.groupby([*_TEST, "subject"], sort=False)
        .agg(worst=("grade_high", "max"), baseline=("baseline_grade", "first"))
        .reset_index()
    )
    return [
        Shift(
            test=str(test),
            term=str(term),
            direction=str(direction),
            counts=_matrix(rows.dropna(subset="worst")),
            not_graded=int(rows["worst"].isna().sum()),
        )
        for (test, term, direction), rows in worst.groupby(_TEST, sort=False)
    ]


def _matrix(people: pd.DataFrame) -> list[list[int]]:
    baseline = people["baseline"].astype(float).fillna(WORST + 1).astype(int)
    cells = pd.crosstab(baseline, people["worst"].astype(int))
    full = cells.reindex(index=range(WORST + 2), columns=range(WORST + 1), fill_value=0)
    return [[int(number) for number in row] for row in full.to_numpy()]


def laboratory_trends(grades: pd.DataFrame, first_doses: pd.Series, *, version: str) -> list[Trend]:
    """Quartiles by linear interpolation (type 7 of R). `first_doses`: subject to day."""
    # A test with two directions stands twice.
    values = grades.drop_duplicates(["subject", "test", "visit", "sampled_on"])
    # Over no rows these are objects, from which no day can be subtracted.
    begun = pd.to_datetime(values["subject"].map(first_doses))
    days = (pd.to_datetime(values["sampled_on"]) - begun).dt.days
    values = values.assign(day=days + (days >= 0)).dropna(subset="day")
    return [
        Trend(
            test=str(test),
            unit=str(rows["unit"].iloc[0]),
            limits=_limits(str(test), rows, version),
            visits=visit_points(rows),
        )
        for test, rows in values.groupby("test", sort=False)
    ]


def visit_points(rows: pd.DataFrame) -> list[TrendPoint]:
    """`rows`: visit, day, value. By the median day of the visit."""
    points = [
        TrendPoint(
            visit=str(visit),
            day=float(at["day"].median()),
            n=len(at),
            q1=float(at["value"].quantile(0.25)),
            median=float(at["value"].median()),
            q3=float(at["value"].quantile(0.75)),
        )
        for visit, at in rows.groupby("visit")
    ]
    return sorted(points, key=lambda point: (point["day"], point["visit"]))


def _limits(test: str, rows: pd.DataFrame, version: str) -> list[GradeLimit]:
    """Where each grade begins, for the median of the limits of normal."""
    known = {"L": rows["low"].dropna(), "U": rows["high"].dropna()}
    normal = {name: float(limits.median()) for name, limits in known.items() if len(limits)}
    normal["number"] = 1.0
    found = [
        GradeLimit(direction=criterion.direction, grade=step.grade, at=at)
        for criterion in criteria_of(version, test)
        for step in without_baseline(criterion.steps)
        if step.grade is not None and (at := _threshold(step, normal)) is not None
    ]
    return sorted(found, key=lambda limit: (limit["direction"], limit["grade"]))


def _threshold(step: Step, normal: dict[str, float]) -> float | None:
    """None for a step that hangs on a clinical clause or on a limit that nobody has."""
    limit = normal.get(step.against)
    return None if step.clause or limit is None else step.factor * limit + step.plus
