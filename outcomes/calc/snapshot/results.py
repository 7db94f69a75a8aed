"""Everything that is estimated of one population by one set of criteria."""

import pandas as pd

from outcomes.calc.bootstrap import METHOD, median_limits
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.curves import summarize_curve
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.rates import summarize_responses
from outcomes.calc.snapshot.summary import (
    Criteria,
    Curve,
    Described,
    Endpoint,
    Population,
    Results,
    TwoStage,
)

WITHOUT_CRITERIA = ("OS", "FU")
"""Params that no tumor assessment decides."""


def estimate(
    derived: Derived,
    population: Population,
    members: pd.Series,
    *,
    confirmed: bool,
    rules: EndpointRules,
    seed: int,
    two_stage: TwoStage | None = None,
) -> Results:
    """`members`: the subjects of the population. `seed` decides what the bootstrap draws."""
    best = derived.best[derived.best["subject"].isin(members)]
    times = derived.times[derived.times["subject"].isin(members)]
    return Results(
        population=population,
        criteria=derived.criteria,
        responses=summarize_responses(
            best, criteria=derived.criteria, confirmed=confirmed, rules=rules
        ),
        curves=_curves(times, derived.criteria, confirmed=confirmed, rules=rules),
        time_to_response=_time_to_response(
            times[times["param"] == ("CTTR" if confirmed else "TTR")], rules, seed
        ),
        two_stage=two_stage,
    )


def _curves(
    times: pd.DataFrame, criteria: Criteria, *, confirmed: bool, rules: EndpointRules
) -> list[Curve]:
    wanted: list[tuple[Endpoint, str]] = [
        ("pfs", "PFS"),
        ("os", "OS"),
        ("ttp", "TTP"),
        ("dor", "CDOR" if confirmed else "DOR"),
    ]
    return [
        summarize_curve(
            times[times["param"] == param],
            endpoint=endpoint,
            criteria=None if param in WITHOUT_CRITERIA else criteria,
            rules=rules,
        )
        for endpoint, param in wanted
    ]


def _time_to_response(times: pd.DataFrame, rules: EndpointRules, seed: int) -> Described:
    months = (times["days"] / rules.days_per_month).to_numpy(dtype=float)
    lower, upper = median_limits(months, seed=seed, confidence_level=rules.confidence_level)
    shortest, first, median, third, longest = (
        pd.Series(months).quantile([0, 0.25, 0.5, 0.75, 1]).tolist() if len(months) else [None] * 5
    )
    return Described(
        endpoint="ttr",
        n=len(months),
        median=median,
        lower=lower,
        upper=upper,
        first_quartile=first,
        third_quartile=third,
        shortest=shortest,
        longest=longest,
        level=rules.confidence_level,
        method=METHOD,
    )
