"""The derived tables: keys first (trial, site, patient), one row per fact, patients in order."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.summary import AdverseEvents, Curve, Rate, Responses

KEYS = ["trial", "site", "patient"]
WITHOUT_CRITERIA = ("OS", "FU")
"""Params that no tumor assessment decides: they stand once, without criteria."""

_BEST = ("bor", "cbor", "rsp", "crsp", "cb", "ccb", "pd", "lsta")


def responses_table(people: pd.DataFrame, derived: Sequence[Derived]) -> pd.DataFrame:
    """One row per patient, criteria and visit. `people`: subject, trial, site, patient."""
    rows = pd.concat([part.responses.assign(criteria=part.criteria) for part in derived])
    return _keyed(people, rows.rename(columns={"date": "assessed_on"}))[
        [
            *KEYS,
            "criteria",
            "visit",
            "assessed_on",
            "target",
            "nontarget",
            "new_lesion",
            "overall",
            "rule",
            "review",
            "sum_mm",
            "measured_mm",
            "targets_missing",
            "baseline_mm",
            "nadir_mm",
            "change_pct",
            "nadir_change_pct",
        ]
    ]


def best_responses_table(people: pd.DataFrame, derived: Sequence[Derived]) -> pd.DataFrame:
    """One row per patient and criteria. `*_visit` is the visit that a value comes from."""
    parts = []
    for part in derived:
        best = part.best.assign(criteria=part.criteria)
        for name in _BEST:
            best[f"{name}_visit"] = _visits(part, best[f"{name}_row"])
        parts.append(best)
    columns = [f"{name}{end}" for name in _BEST for end in ("", "_date", "_visit")]
    rows = _keyed(people, pd.concat(parts))
    return rows[[*KEYS, "criteria", "in_population", *columns, "review"]]


def time_to_event_table(
    people: pd.DataFrame, derived: Sequence[Derived], rules: EndpointRules
) -> pd.DataFrame:
    """One row per patient, endpoint and criteria; `event` is 1, or 0 where censored."""
    parts = []
    for number, part in enumerate(derived):
        times = part.times.assign(criteria=part.criteria)
        times["source_visit"] = _visits(part, times["source_row"])
        shared = times["param"].isin(WITHOUT_CRITERIA)
        times["criteria"] = times["criteria"].mask(shared, "")
        parts.append(times if number == 0 else times[~shared])
    rows = pd.concat(parts)
    rows["months"] = rows["days"] / rules.days_per_month
    return _keyed(people, rows.rename(columns={"param": "endpoint"}))[
        [
            *KEYS,
            "criteria",
            "in_population",
            "endpoint",
            "start_date",
            "event_date",
            "days",
            "months",
            "event",
            "description",
            "detail",
            "source",
            "source_date",
            "source_visit",
        ]
    ]


def left_out_table(people: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """`left_out`: subject, reason, detail."""
    return _keyed(people, left_out)[[*KEYS, "reason", "detail"]]


def _keyed(people: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """With the keys; by patient, and within one in the order in which the rows came."""
    return rows.merge(people, on="subject").sort_values("subject", kind="stable", ignore_index=True)


def _visits(part: Derived, row: pd.Series) -> pd.Series:
    """The visits at the labels of `part.responses`; empty for -1."""
    return row.map(part.responses["visit"]).fillna("")


def endpoint_table(
    trial: str, population: str, rates: Sequence[Responses], curves: Sequence[Curve]
) -> pd.DataFrame:
    """One row per statistic of the population. An empty value cannot be estimated (NE)."""
    rows = [row for rate in rates for row in _rate_rows(rate)]
    rows += [row for curve in curves for row in _curve_rows(curve)]
    columns = [
        "criteria",
        "endpoint",
        "statistic",
        "value",
        "lower",
        "upper",
        "unit",
        "n",
        "events",
        "level",
        "method",
    ]
    table = pd.DataFrame(rows, columns=columns)
    table[["value", "lower", "upper"]] = table[["value", "lower", "upper"]].astype(float)
    table.insert(0, "trial", trial)
    table.insert(2, "population", population)
    return table


def _rate_rows(responses: Responses) -> list[dict[str, Any]]:
    rates: dict[str, Rate] = {"orr": responses["orr"], "dcr": responses["dcr"]}
    kind = "confirmed" if responses["confirmed"] else "unconfirmed"
    return [
        {
            "criteria": responses["criteria"],
            "endpoint": endpoint,
            "statistic": f"{kind} rate",
            "value": rate["percent"],
            "lower": rate["lower"],
            "upper": rate["upper"],
            "unit": "percent",
            "n": rate["n"],
            "events": rate["count"],
            "level": rate["level"],
            "method": rate["method"],
        }
        for endpoint, rate in rates.items()
    ]


def _curve_rows(curve: Curve) -> list[dict[str, Any]]:
    base = {
        "criteria": curve["criteria"],
        "endpoint": curve["endpoint"],
        "unit": "months",
        "n": curve["n"],
        "events": curve["events"],
        "level": curve["level"],
        "method": curve["method"],
    }
    median = {
        "statistic": "median",
        "value": curve["median"],
        "lower": curve["median_lower"],
        "upper": curve["median_upper"],
    }
    follow_up = {
        "statistic": "median follow-up",
        "value": curve["follow_up_median"],
        "lower": None,
        "upper": None,
        "method": f"reverse {curve['method']}",
    }
    landmarks = [
        {
            "statistic": f"at {mark['month']} months",
            "value": mark["survival"],
            "lower": mark["lower"],
            "upper": mark["upper"],
            "unit": "probability",
        }
        for mark in curve["landmarks"]
    ]
    return [base | row for row in (median, follow_up, *landmarks)]


def adverse_event_table(trial: str, summary: AdverseEvents) -> pd.DataFrame:
    """One row per term, most frequent first: people by their worst grade of it."""
    rows = [
        {
            "trial": trial,
            "population": summary["population"]["id"],
            "n": summary["population"]["n"],
            "term": row["term"],
            **{f"grade_{grade}": number for grade, number in enumerate(row["grades"], start=1)},
            "any_grade": row["any_grade"],
            "grade_3_or_more": row["severe"],
            "related": row["related"],
        }
        for row in summary["terms"]
    ]
    columns = ["trial", "population", "n", "term", *(f"grade_{number}" for number in range(1, 6))]
    return pd.DataFrame(rows, columns=[*columns, "any_grade", "grade_3_or_more", "related"])
