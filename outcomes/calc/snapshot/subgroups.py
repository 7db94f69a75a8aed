"""Response rates within subgroups, for the forest plot. All arms together."""

from typing import Any

import pandas as pd

from outcomes.calc.best_response import is_responder
from outcomes.calc.proportions import clopper_pearson
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.inputs import Inputs

ALL = "all"
OLDER_FROM_YEARS = 65
"""ICH E7 (1993), Studies in support of special populations: geriatrics, section II."""
YOUNGER, OLDER = "below-65", "65-or-older"

COLUMNS = (
    "factor",
    "level",
    "n",
    "responders",
    "orr_percent",
    "lower",
    "upper",
    "level_of_confidence",
    "method",
)


def subgroups(inputs: Inputs) -> pd.DataFrame:
    """Columns: subject, factor, level; one row for each factor known of an enrolled patient.

    Factors: everybody, sex, age, site where there is more than one, and the factors that the trial
    stratifies by.
    """
    people = inputs.subjects[["subject", "patient"]].merge(inputs.patients, on="patient")
    age = age_years(people["born_on"], people["screened_on"])
    levels = {
        ALL: pd.Series(ALL, index=people.index),
        "sex": people["sex"],
        "age": age.map(lambda years: OLDER if years >= OLDER_FROM_YEARS else YOUNGER),
        "site": people["site"],
    }
    if people["site"].nunique() < 2:
        del levels["site"]
    parts = [
        pd.DataFrame({"subject": people["subject"], "factor": factor, "level": level})
        for factor, level in levels.items()
    ]
    # An empty table has no types, and would give them to the whole.
    filled = [part for part in (*parts, inputs.factors) if len(part)]
    return pd.concat(filled or parts[:1], ignore_index=True)


def age_years(born_on: pd.Series, on: pd.Series) -> pd.Series:
    """Completed years on a day. A birthday of which the month or day is unknown has passed."""
    born = born_on.astype(str)
    days = on.dt.strftime("%Y-%m-%d")
    later = [birth[4:] > day[4 : len(birth)] for birth, day in zip(born, days, strict=True)]
    years = on.dt.year - born.str[:4].astype(int)
    return (years - pd.Series(later, index=on.index).astype(int)).astype(int)


def rates_by_subgroup(
    groups: pd.DataFrame, best: pd.DataFrame, *, confirmed: bool, rules: EndpointRules
) -> list[dict[str, Any]]:
    """`groups`: of `subgroups`, those of a population; `best` of `best_responses`.

    One row for each factor and level, of `COLUMNS`, in the order in which the factors came; levels
    by name. Who was not assessed has not responded.
    """
    responders = best.loc[is_responder(best["cbor" if confirmed else "bor"]), "subject"]
    marked = groups.assign(
        responded=groups["subject"].isin(responders),
        place=pd.factorize(groups["factor"])[0],
    )
    rows = []
    counted = marked.groupby(["place", "factor", "level"])["responded"].agg(["size", "sum"])
    for factor, level, n, number in (
        counted.droplevel("place").reset_index().itertuples(index=False)
    ):
        rate = clopper_pearson(int(number), int(n), confidence_level=rules.confidence_level)
        rows.append(
            {
                "factor": factor,
                "level": level,
                "n": rate.n,
                "responders": rate.successes,
                "orr_percent": _percent(rate.estimate),
                "lower": _percent(rate.lower),
                "upper": _percent(rate.upper),
                "level_of_confidence": rate.confidence_level,
                "method": rate.method,
            }
        )
    return rows


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
