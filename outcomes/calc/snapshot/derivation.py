"""From the inputs to responses, best responses and times, by each set of criteria."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from outcomes.calc.best_response import best_responses
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.irecist import irecist_responses
from outcomes.calc.irecist_best import as_recist, irecist_best_responses
from outcomes.calc.lesions import Criteria as EngineCriteria
from outcomes.calc.lesions import find_problems
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.summary import Criteria

ENGINE_NAMES: dict[Criteria, EngineCriteria] = {
    "recist_1_1": "RECIST 1.1",
    "mrecist": "mRECIST",
    "irecist": "RECIST 1.1",
}

OPEN_ADJUDICATION = "ADJUDICATION_OPEN"
"""Why a time is censored at its start: beside the details of `time_to_event`."""


@dataclass(frozen=True)
class Usable:
    """Tumor tables without the patients whose rows contradict each other, and those patients.

    `left_out`: subject, detail. A sum that lacks a lesion would be wrong and look right; a
    patient without any response is seen.
    """

    lesions: pd.DataFrame
    assessments: pd.DataFrame
    left_out: pd.DataFrame


@dataclass(frozen=True)
class Derived:
    """`responses`, `best` and `times` as the engine returns them, for all enrolled patients."""

    criteria: Criteria
    responses: pd.DataFrame
    best: pd.DataFrame
    times: pd.DataFrame


def usable_tumors(lesions: pd.DataFrame, assessments: pd.DataFrame) -> Usable:
    """All rows, unless the engine would refuse some."""
    tables = {"lesions": lesions, "assessments": assessments}
    refused = find_problems(lesions, assessments)
    left_out = pd.DataFrame(
        {
            "subject": [tables[problem.table].loc[problem.row, "subject"] for problem in refused],
            "detail": [problem.reason for problem in refused],
        }
    ).drop_duplicates(ignore_index=True)
    return Usable(
        lesions[~lesions["subject"].isin(left_out["subject"])].reset_index(drop=True),
        assessments[~assessments["subject"].isin(left_out["subject"])].reset_index(drop=True),
        left_out,
    )


def leave_open(part: Derived, subjects: Collection[int], *, rules: EndpointRules) -> Derived:
    """Without a result for subjects of whom no reading counts yet: not evaluable for response,
    and progression-free survival and time to progression censored at their start.

    Even a death ends neither: progression may have come before it. Overall survival stays.
    """
    if not subjects:
        return part
    best, times = part.best.copy(), part.times.copy()
    best.loc[best["subject"].isin(subjects), ["bor", "cbor"]] = "NE"
    is_open = times["subject"].isin(subjects) & times["param"].isin(["PFS", "TTP"])
    start = times.loc[is_open, "start_date"]
    ending: dict[str, Any] = {
        "event_date": start,
        "days": int(rules.count_first_day),
        "event": 0,
        "description": "START",
        "detail": OPEN_ADJUDICATION,
        "source": "start",
        "source_date": start,
        "source_row": -1,
    }
    for name, value in ending.items():
        times.loc[is_open, name] = value
    return replace(part, best=best, times=times)


def derive(
    subjects: pd.DataFrame,
    tumors: Usable,
    *,
    criteria: Criteria,
    rules: EndpointRules,
    cut: pd.Timestamp,
) -> Derived:
    """`subjects` as `time_to_event` takes them."""
    responses = timepoint_responses(
        tumors.lesions, tumors.assessments, rules=rules, criteria=ENGINE_NAMES[criteria]
    )
    if criteria == "irecist":
        immune = irecist_responses(tumors.lesions, tumors.assessments, rules=rules)
        responses["overall"] = immune["irecist"]
    responses["adequate"] = (responses["targets_missing"] == 0) & (responses["overall"] != "NE")
    if criteria == "irecist":
        best = irecist_best_responses(subjects, responses, rules=rules, cut=cut)
        times = time_to_event(subjects, as_recist(responses), rules=rules, cut=cut)
    else:
        best = best_responses(subjects, responses, rules=rules, cut=cut)
        times = time_to_event(subjects, responses, rules=rules, cut=cut)
    return Derived(criteria, responses, best, times)
