"""Change of the QLQ-C30's scales from baseline, visit by visit."""

import math

import pandas as pd
from scipy.stats import t as student

from outcomes.calc.qlq_c30 import SCALES, SUMMARY
from outcomes.calc.snapshot.safety_summary import ChangePoint, QualityOfLife, ScaleChange
from outcomes.calc.snapshot.spread import spread
from outcomes.calc.snapshot.summary import Population

KINDS = {scale.name: scale.kind for scale in SCALES} | {SUMMARY: "functional"}


def summarize_quality_of_life(
    scores: pd.DataFrame, *, population: Population, level: float
) -> QualityOfLife:
    """`scores`: of `score_questionnaires`, for the population: one row per patient and visit."""
    return QualityOfLife(
        population=population,
        level=level,
        scales=[
            ScaleChange(
                scale=name,
                kind=kind,
                baseline=spread(scores.loc[scores["is_baseline"].astype(bool), name.lower()]),
                visits=_points(changes(scores, name), level),
            )
            for name, kind in KINDS.items()
        ]
        if len(scores)
        else [],
    )


def changes(scores: pd.DataFrame, scale: str) -> pd.DataFrame:
    """Of everybody with a baseline, after it. Columns: subject, visit, day, change."""
    column = scale.lower()
    is_baseline = scores["is_baseline"].astype(bool)
    baseline = scores[is_baseline].set_index("subject")[column]
    # Questionnaires before the baseline say nothing about what came after it.
    later = scores[
        scores["day"] > scores["subject"].map(scores[is_baseline].set_index("subject")["day"])
    ]
    change = later[column] - later["subject"].map(baseline)
    return later[["subject", "visit", "day"]].assign(change=change).dropna(subset="change")


def _points(rows: pd.DataFrame, level: float) -> list[ChangePoint]:
    points = [_point(str(visit), at, level) for visit, at in rows.groupby("visit")]
    return sorted(points, key=lambda point: (point["day"], point["visit"]))


def _point(visit: str, rows: pd.DataFrame, level: float) -> ChangePoint:
    """The mean with the limits of Student's t, which need two people."""
    change, n = rows["change"].astype(float), len(rows)
    mean, half = float(change.mean()), None
    if n > 1:
        half = float(student.ppf((1 + level) / 2, n - 1) * change.std(ddof=1) / math.sqrt(n))
    return ChangePoint(
        visit=visit,
        day=float(rows["day"].median()),
        n=n,
        mean=mean,
        lower=None if half is None else mean - half,
        upper=None if half is None else mean + half,
        q1=float(change.quantile(0.25)),
        median=float(change.median()),
        q3=float(change.quantile(0.75)),
    )
