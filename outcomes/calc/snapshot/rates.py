"""Best responses counted, and the rates of response and of disease control."""

import pandas as pd

from outcomes.calc.best_response import has_disease_control, is_responder
from outcomes.calc.proportions import clopper_pearson, wilson
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.summary import BestResponse, Criteria, Rate, Responses

ORDER = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING")
IRECIST_ORDER = ("iCR", "iPR", "iSD", "NON-iCR/NON-iUPD", "iCPD", "iUPD", "NE", "MISSING")


def summarize_responses(
    best: pd.DataFrame, *, criteria: Criteria, confirmed: bool, rules: EndpointRules
) -> Responses:
    """`best`: the result of `best_responses` for everybody in the population."""
    response = best["cbor" if confirmed else "bor"]
    benefit = best["ccb" if confirmed else "cb"]
    counts = response.value_counts()
    order = IRECIST_ORDER if criteria == "irecist" else ORDER
    return Responses(
        criteria=criteria,
        confirmed=confirmed,
        best=[BestResponse(response=code, n=int(counts.get(code, 0))) for code in order],
        orr=rate_of(is_responder(response), rules),
        dcr=rate_of(has_disease_control(response), rules),
        cbr=rate_of(benefit == "Y", rules),
        benefit_day=rules.benefit_days,
    )


def rate_of(has_it: pd.Series, rules: EndpointRules) -> Rate:
    """The share of those with it among all rows."""
    count, n, level = int(has_it.sum()), len(has_it), rules.confidence_level
    share = clopper_pearson(count, n, confidence_level=level)
    other = wilson(count, n, confidence_level=level)
    return Rate(
        count=share.successes,
        n=share.n,
        percent=_percent(share.estimate),
        lower=_percent(share.lower),
        upper=_percent(share.upper),
        level=share.confidence_level,
        method=share.method,
        other_lower=_percent(other.lower),
        other_upper=_percent(other.upper),
        other_method=other.method,
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
