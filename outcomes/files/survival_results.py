"""What `derive survival` computes, ready for JSON."""

from collections.abc import Sequence
from typing import Any, Literal

import pandas as pd

from core.files.table import numbers
from outcomes.calc.comparison import cox, logrank
from outcomes.calc.survival import Interval, KaplanMeier, kaplan_meier, reverse_kaplan_meier

ALL = "all"
"""The name of the curve where the file has no groups."""


def survival_results(
    table: pd.DataFrame,
    *,
    at: Sequence[float],
    interval: Interval,
    confidence_level: float,
    flat_to_the_end: Literal["NE", "midpoint"] = "NE",
) -> dict[str, Any]:
    """Curves by group; with several groups the log-rank test and Cox's model, by stratum if given.

    `table`: time, event (0 or 1), group and stratum as texts, the last two maybe empty.
    """
    group = table["group"].where(table["group"] != "", ALL)
    names = sorted(group.unique(), key=_numbers_first)
    settings: dict[str, Any] = {
        "interval": interval,
        "confidence_level": confidence_level,
        "flat_to_the_end": flat_to_the_end,
    }
    result: dict[str, Any] = {
        "method": f"Kaplan-Meier, {interval} interval",
        "curves": {name: _curve(table[group == name], at, settings) for name in names},
    }
    if len(names) > 1:
        result |= _compared(table, pd.Categorical(group, categories=names), confidence_level)
    return result


def _numbers_first(name: str) -> tuple[bool, float, str]:
    try:
        return (False, float(name), name)
    except ValueError:
        return (True, 0.0, name)


def _curve(rows: pd.DataFrame, at: Sequence[float], settings: dict[str, Any]) -> dict[str, Any]:
    days, event = numbers(rows["time"]), rows["event"].astype(int)
    curve = kaplan_meier(days, event, landmarks=at, **settings)
    follow_up = reverse_kaplan_meier(days, event, **settings)
    return {
        "n": curve.n,
        "events": curve.events,
        "quantiles": _quantiles(curve),
        "landmarks": [vars(landmark) for landmark in curve.landmarks],
        "reverse_km": {"n": follow_up.n, "quantiles": _quantiles(follow_up)},
    }


def _quantiles(curve: KaplanMeier) -> dict[str, dict[str, float | None]]:
    return {
        f"{found.p:g}": {"estimate": found.estimate, "lower": found.lower, "upper": found.upper}
        for found in curve.quantiles
    }


def _compared(
    table: pd.DataFrame, group: pd.Categorical, confidence_level: float
) -> dict[str, Any]:
    days, event = numbers(table["time"]), table["event"].astype(int)
    strata = table["stratum"] if (table["stratum"] != "").any() else None
    test = logrank(days, event, group, strata=strata)
    model = cox(
        days,
        event,
        pd.DataFrame({"group": group}),
        strata=strata,
        confidence_level=confidence_level,
    )
    return {
        "logrank": {"method": test.method, "chisq": test.chisq, "df": test.df, "p": test.p},
        "cox": {
            "method": model.method,
            "note": model.note,
            "terms": [vars(term) for term in model.terms],
        },
    }
