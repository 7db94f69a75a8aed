"""Tumor markers against the patient's baseline and smallest value before."""

import pandas as pd

from outcomes.calc.snapshot.safety_summary import MarkerLine, MarkerTrend

MARKERS = ("afp_ug_l", "cea_ug_l")
"""Fields of the laboratory form."""
DAYS_PER_WEEK = 7
COLUMNS = [
    "subject",
    "marker",
    "visit",
    "sampled_on",
    "day",
    "value",
    "baseline",
    "is_baseline",
    "ratio",
    "change_pct",
    "nadir",
    "nadir_change_pct",
]
_KEY = ["subject", "marker"]


def marker_values(markers: pd.DataFrame, first_doses: pd.Series) -> pd.DataFrame:
    """Every value of patients with a dose, by patient, marker and day; columns of `COLUMNS`.

    `markers`: subject, marker, visit, sampled_on, value. `first_doses`: subject to day. Baseline is
    the last value up to the first dose, whose day is 1 and the day before it -1. `nadir` is the
    smallest value before this one from the baseline on. Nothing is compared with 0.
    """
    begun = pd.to_datetime(markers["subject"].map(first_doses))
    rows = markers.assign(begun=begun, value=markers["value"].astype(float))
    rows = rows.dropna(subset=["begun", "value"]).sort_values(
        [*_KEY, "sampled_on"], kind="stable", ignore_index=True
    )
    days = (rows["sampled_on"] - rows["begun"]).dt.days
    rows["day"] = days + (days >= 0)
    rows["is_baseline"] = (days <= 0) & ~rows[_KEY].where(days <= 0).duplicated(keep="last")
    baselines = rows.loc[rows["is_baseline"], [*_KEY, "value"]]
    rows = rows.merge(baselines.rename(columns={"value": "baseline"}), how="left", on=_KEY)
    counted = rows["value"].where(rows["is_baseline"] | (rows["day"] > 1))
    before = counted.groupby([rows["subject"], rows["marker"]]).shift()
    rows["nadir"] = before.groupby([rows["subject"], rows["marker"]]).cummin()
    rows["nadir"] = rows["nadir"].where(rows["day"] > 1)
    rows["ratio"] = _over(rows["value"], rows["baseline"])
    rows["change_pct"] = 100 * _over(rows["value"] - rows["baseline"], rows["baseline"])
    rows["nadir_change_pct"] = 100 * _over(rows["value"] - rows["nadir"], rows["nadir"])
    return rows[COLUMNS]


def _over(values: pd.Series, base: pd.Series) -> pd.Series:
    return values / base.where(base > 0)


def summarize_markers(rows: pd.DataFrame) -> list[MarkerTrend]:
    """`rows`: of `marker_values`, for the population. A marker that nobody has is left out."""
    found = []
    for marker in MARKERS:
        values = rows[rows["marker"] == marker]
        if not len(values):
            continue
        shown = values[values["ratio"].notna() & (values["is_baseline"] | (values["day"] > 1))]
        found.append(
            MarkerTrend(
                marker=marker,
                without_baseline=int(values["subject"].nunique() - shown["subject"].nunique()),
                lines=[_line(line) for _subject, line in shown.groupby("subject")],
            )
        )
    return found


def _line(rows: pd.DataFrame) -> MarkerLine:
    """From the baseline at week 0, whenever its sample was taken."""
    days = (rows["day"] - 1).clip(lower=0)
    return MarkerLine(
        weeks=[float(day) / DAYS_PER_WEEK for day in days],
        ratio=[float(ratio) for ratio in rows["ratio"]],
    )
