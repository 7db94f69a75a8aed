"""The derived tables: keys first (trial, site, patient), one row per fact, patients in order."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from enrollment.calc.definition import Reader
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot import subgroups
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.results import WITHOUT_CRITERIA
from outcomes.calc.snapshot.summary import (
    AdverseEvents,
    Curve,
    Described,
    Rate,
    Responses,
    Results,
    TwoStage,
)

KEYS = ["trial", "site", "patient"]

_SCANS: dict[Reader, str] = {"investigator": "tumor-assessment", "central": "central-reading"}
_FORMS = {
    "death": "death",
    "clinical_progression": "end-of-treatment",
    "new_therapy": "end-of-treatment",
    "start": "",
    "cut": "",
}
"""Source of a time to the form that holds it; of a day known alive the input knows it."""

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
    """One row per patient, endpoint and criteria; `event` is 1, or 0 where censored.

    `people` has last_alive_form, last_alive_visit and reader (whose scans count) beside the keys.
    """
    parts = []
    for number, part in enumerate(derived):
        times = part.times.assign(criteria=part.criteria)
        times["source_visit"] = _visits(part, times["source_row"])
        shared = times["param"].isin(WITHOUT_CRITERIA)
        times["criteria"] = times["criteria"].mask(shared, "")
        parts.append(times if number == 0 else times[~shared])
    rows = pd.concat(parts)
    rows["months"] = rows["days"] / rules.days_per_month
    keyed = _keyed(people, rows.rename(columns={"param": "endpoint"}))
    forms = (
        keyed["source"].map(_FORMS).mask(keyed["source"] == "response", keyed["reader"].map(_SCANS))
    )
    keyed["source_form"] = forms.fillna(keyed["last_alive_form"])
    keyed["source_visit"] = keyed["source_visit"].mask(
        keyed["source"] == "alive", keyed["last_alive_visit"]
    )
    return keyed[
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
            "source_form",
            "source_visit",
        ]
    ]


def qlq_c30_table(people: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """One row per patient and questionnaire. `scored` as `score_questionnaires` makes it."""
    return _keyed(people, scored)[[*KEYS, *scored.columns.drop("subject")]]


def tumor_change_table(people: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """One row per patient and criteria, of `tumor_changes`."""
    rows = _keyed(people, changes)
    keys = [*KEYS, "criteria", "in_population"]
    return rows[[*keys, *changes.columns.drop(["subject", "criteria"])]]


def subgroup_table(trial: str, rates: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per population, criteria and level of a factor, of `rates_by_subgroup`."""
    columns = ["trial", "population", "criteria", *subgroups.COLUMNS]
    return pd.DataFrame([{"trial": trial} | row for row in rates], columns=columns)


def patient_table(people: pd.DataFrame, rows: pd.DataFrame, **constants: str) -> pd.DataFrame:
    """Rows with `subject`, as they are; `constants` are columns at the end."""
    return _keyed(people, rows.assign(**constants))[
        [*KEYS, *rows.columns.drop("subject"), *constants]
    ]


def populations_table(people: pd.DataFrame, why_not: Mapping[str, pd.Series]) -> pd.DataFrame:
    """One row per enrolled patient and population. `why_not`: population to `why_not` of each."""
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "subject": people["subject"],
                    "population": name,
                    "is_member": reasons == "",
                    "why_not": reasons,
                }
            )
            for name, reasons in why_not.items()
        ]
    )
    return _keyed(people, rows)[[*KEYS, "population", "is_member", "why_not"]]


def left_out_table(people: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """`left_out`: subject, reason, detail."""
    return _keyed(people, left_out)[[*KEYS, "reason", "detail"]]


def _keyed(people: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """With the keys; by patient, and within one in the order in which the rows came."""
    return rows.merge(people, on="subject").sort_values("subject", kind="stable", ignore_index=True)


def _visits(part: Derived, row: pd.Series) -> pd.Series:
    """The visits at the labels of `part.responses`; empty for -1."""
    return row.map(part.responses["visit"]).fillna("")


def endpoint_table(trial: str, results: Sequence[Results]) -> pd.DataFrame:
    """One row per statistic of a population. An empty value cannot be estimated (NE).

    Overall survival stands once in a population, without criteria.
    """
    rows = []
    for part in results:
        population, first = part["population"]["id"], part["criteria"] == results[0]["criteria"]
        made = [*_rate_rows(part["responses"])]
        for curve in part["curves"]:
            made += _curve_rows(curve) if curve["criteria"] or first else []
        made.append(_described_row(part["criteria"], part["time_to_response"]))
        made += _two_stage_rows(part["criteria"], part["two_stage"])
        rows += [{"population": population, **row} for row in made]
    columns = [
        "criteria",
        "population",
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
    return table


def _rate_rows(responses: Responses) -> Iterator[dict[str, Any]]:
    """Each rate with its exact interval, then with the score interval."""
    rates: dict[str, Rate] = {
        "orr": responses["orr"],
        "dcr": responses["dcr"],
        "cbr": responses["cbr"],
    }
    kind = "confirmed" if responses["confirmed"] else "unconfirmed"
    for endpoint, rate in rates.items():
        row = {
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
        yield row
        yield row | {
            "statistic": f"{kind} rate, score interval",
            "lower": rate["other_lower"],
            "upper": rate["other_upper"],
            "method": rate["other_method"],
        }


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
        "lower": curve["follow_up_lower"],
        "upper": curve["follow_up_upper"],
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


def _described_row(criteria: str, times: Described) -> dict[str, Any]:
    return {
        "criteria": criteria,
        "endpoint": times["endpoint"],
        "statistic": "median of responders",
        "value": times["median"],
        "lower": times["lower"],
        "upper": times["upper"],
        "unit": "months",
        "n": times["n"],
        "events": times["n"],
        "level": times["level"],
        "method": times["method"],
    }


def _two_stage_rows(criteria: str, design: TwoStage | None) -> list[dict[str, Any]]:
    if design is None:
        return []
    return [
        {
            "criteria": criteria,
            "endpoint": "orr",
            "statistic": "rate after two stages",
            "value": design["unbiased"],
            "lower": design["lower"],
            "upper": design["upper"],
            "unit": "percent",
            "n": design["counted"],
            "events": design["responses"],
            "level": design["level"],
            "method": design["method"],
        }
    ]


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
