"""Kaplan-Meier curves in months, with the table that stands under them."""

import math

import numpy as np
import pandas as pd

from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.summary import AtRisk, Criteria, Curve, Endpoint, Landmark
from outcomes.calc.survival import kaplan_meier, numbers_at_risk, reverse_kaplan_meier

LANDMARKS_MONTHS = (6, 12, 18, 24, 36)
TICK_STEPS_MONTHS = (1, 2, 3, 6, 12, 24)
MOST_TICKS = 12


def summarize_curve(
    times: pd.DataFrame,
    *,
    endpoint: Endpoint,
    criteria: Criteria | None,
    rules: EndpointRules,
) -> Curve:
    """`times`: the rows of one param of `time_to_event`, with days and event."""
    months = (times["days"] / rules.days_per_month).to_numpy(dtype=float)
    event = times["event"].to_numpy(dtype=int)
    interval, level = rules.survival_interval, rules.confidence_level
    curve = kaplan_meier(
        months, event, landmarks=LANDMARKS_MONTHS, interval=interval, confidence_level=level
    )
    median = curve.median
    follow_up = reverse_kaplan_meier(
        months, event, interval=interval, confidence_level=level
    ).median
    return Curve(
        endpoint=endpoint,
        criteria=criteria or "",
        n=curve.n,
        events=curve.events,
        months=curve.times,
        survival=curve.surv,
        lower=curve.lower,
        upper=curve.upper,
        last_month=float(months.max()) if curve.n else 0.0,
        censored_months=curve.censor_times,
        censored_survival=curve.censor_surv,
        at_risk=_at_risk(months, event),
        median=median.estimate,
        median_lower=median.lower,
        median_upper=median.upper,
        landmarks=[
            Landmark(month=int(mark.time), survival=mark.surv, lower=mark.lower, upper=mark.upper)
            for mark in curve.landmarks
        ],
        follow_up_median=follow_up.estimate,
        follow_up_lower=follow_up.lower,
        follow_up_upper=follow_up.upper,
        level=curve.confidence_level,
        method=curve.method,
    )


def _at_risk(months: np.ndarray, event: np.ndarray) -> list[AtRisk]:
    """`events` and `censored` are those before the month, so that the three add up to all."""
    last = months.max() if len(months) else 0
    step = next(
        (step for step in TICK_STEPS_MONTHS if last / step <= MOST_TICKS), TICK_STEPS_MONTHS[-1]
    )
    ticks = [step * number for number in range(math.floor(last / step) + 1)]
    return [
        AtRisk(
            month=tick,
            at_risk=at_risk,
            events=int(((months < tick) & (event == 1)).sum()),
            censored=int(((months < tick) & (event == 0)).sum()),
        )
        for tick, at_risk in zip(ticks, numbers_at_risk(months, ticks), strict=True)
    ]
