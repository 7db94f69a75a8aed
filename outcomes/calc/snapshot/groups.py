"""Results by arm, for trials whose arms are no secret: see `summary.GroupedResults`.

Groups are compared as randomized. Hazard ratios and differences are against the reference.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from outcomes.calc.best_response import is_responder
from outcomes.calc.bootstrap import METHOD, median_difference_limits
from outcomes.calc.comparison import Cox, CoxTerm, Ties, cox, logrank
from outcomes.calc.proportions import newcombe, wilson
from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.curves import summarize_curve
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.rates import summarize_responses
from outcomes.calc.snapshot.summary import (
    Comparison,
    Curve,
    Difference,
    Endpoint,
    ForestRow,
    Group,
    GroupCount,
    GroupedResults,
    GroupTest,
    HazardRatio,
    Population,
)
from outcomes.calc.survival import kaplan_meier

COMPARED: tuple[tuple[Endpoint, str], ...] = (("pfs", "PFS"), ("os", "OS"), ("ttp", "TTP"))
IN_FOREST: tuple[Endpoint, ...] = ("pfs", "os")


@dataclass(frozen=True)
class Arms:
    """`names`: id, English and Chinese name, in the order of the definition.

    `of`: subject, group, stratum (empty where nothing is stratified by).
    """

    names: Sequence[tuple[str, str, str]]
    of: pd.DataFrame
    reference: str
    stratified_by: Sequence[str]
    ties: Ties

    @property
    def others(self) -> list[str]:
        return [name for name, _, _ in self.names if name != self.reference]


def compare(
    derived: Derived,
    population: Population,
    members: pd.Series,
    arms: Arms,
    *,
    levels: pd.DataFrame,
    confirmed: bool,
    rules: EndpointRules,
    seed: int,
) -> GroupedResults:
    """`members`: the subjects of the population; those without an arm are in no group.

    `levels`: of `subgroups`.
    """
    of = arms.of[arms.of["subject"].isin(members)]
    best, times = derived.best.merge(of, on="subject"), derived.times.merge(of, on="subject")
    of_group = {name: best[best["group"] == name] for name, _, _ in arms.names}
    tables = {endpoint: times[times["param"] == param] for endpoint, param in COMPARED}
    return GroupedResults(
        population=population,
        criteria=derived.criteria,
        reference=arms.reference,
        groups=[
            Group(id=name, name_en=en, name_zh=zh, n=int((of["group"] == name).sum()))
            for name, en, zh in arms.names
        ],
        stratified_by=list(arms.stratified_by),
        responses=[
            summarize_responses(rows, criteria=derived.criteria, confirmed=confirmed, rules=rules)
            for rows in of_group.values()
        ],
        orr_differences=[
            _rate_difference(
                name, of_group[name], of_group[arms.reference], confirmed=confirmed, rules=rules
            )
            for name in arms.others
        ],
        curves=[_curves(tables, name, derived, rules) for name, _, _ in arms.names],
        comparisons=[
            _comparison(endpoint, tables[endpoint], arms, rules, seed) for endpoint, _ in COMPARED
        ],
        forest=[
            _forest_row(endpoint, tables[endpoint], arms, level, rules)
            for endpoint in IN_FOREST
            for level in _levels(levels[levels["subject"].isin(of["subject"])])
        ],
    )


def _rate_difference(
    name: str,
    group: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    confirmed: bool,
    rules: EndpointRules,
) -> Difference:
    column, level = "cbor" if confirmed else "bor", rules.confidence_level
    first, second = (
        wilson(int(is_responder(rows[column]).sum()), len(rows), confidence_level=level)
        for rows in (group, reference)
    )
    found = newcombe(first, second)
    value, lower, upper = (
        None if share is None else 100 * share
        for share in (found.estimate, found.lower, found.upper)
    )
    return Difference(
        group=name, value=value, lower=lower, upper=upper, level=level, method=found.method
    )


def _curves(
    tables: dict[Endpoint, pd.DataFrame], name: str, derived: Derived, rules: EndpointRules
) -> list[Curve]:
    return [
        summarize_curve(
            rows[rows["group"] == name],
            endpoint=endpoint,
            criteria=None if endpoint == "os" else derived.criteria,
            rules=rules,
        )
        for endpoint, rows in tables.items()
    ]


def _comparison(
    endpoint: Endpoint, rows: pd.DataFrame, arms: Arms, rules: EndpointRules, seed: int
) -> Comparison:
    is_stratified = bool(arms.stratified_by)
    return Comparison(
        endpoint=endpoint,
        test=_test(rows, stratified=False),
        stratified_test=_test(rows, stratified=True) if is_stratified else None,
        hazard_ratios=_hazard_ratios(rows, arms, rules, stratified=False),
        stratified_hazard_ratios=(
            _hazard_ratios(rows, arms, rules, stratified=True) if is_stratified else []
        ),
        median_differences=[
            _median_difference(name, rows, arms.reference, rules, seed) for name in arms.others
        ],
    )


def _test(rows: pd.DataFrame, *, stratified: bool) -> GroupTest:
    found = logrank(
        rows["days"], rows["event"], rows["group"], strata=rows["stratum"] if stratified else None
    )
    return GroupTest(chisq=found.chisq, df=found.df, p=found.p, method=found.method)


def _hazard_ratios(
    rows: pd.DataFrame, arms: Arms, rules: EndpointRules, *, stratified: bool
) -> list[HazardRatio]:
    """One model of all groups; a group of nobody has no ratio."""
    present = [name for name in arms.others if (rows["group"] == name).any()]
    is_compared = bool(present) and bool((rows["group"] == arms.reference).any())
    design = pd.DataFrame({name: (rows["group"] == name).astype(float) for name in present})
    found = (
        cox(
            rows["days"],
            rows["event"],
            design,
            strata=rows["stratum"] if stratified else None,
            confidence_level=rules.confidence_level,
            ties=arms.ties,
        )
        if is_compared
        else None
    )
    return [_hazard_ratio(name, found, rules) for name in arms.others]


def _note(model: Cox | None, term: CoxTerm | None) -> str:
    """Why there is no ratio; a model may lack that of another group only."""
    if model is None or term is None:
        return "NO-PATIENTS"
    return model.note if term.hr is None else ""


def _hazard_ratio(name: str, model: Cox | None, rules: EndpointRules) -> HazardRatio:
    term = next((term for term in model.terms if term.term == name), None) if model else None
    return HazardRatio(
        group=name,
        hr=term.hr if term else None,
        lower=term.lower if term else None,
        upper=term.upper if term else None,
        p=term.p if term else None,
        level=rules.confidence_level,
        method=model.method if model else "Cox",
        note=_note(model, term),
    )


def _median_difference(
    name: str, rows: pd.DataFrame, reference: str, rules: EndpointRules, seed: int
) -> Difference:
    pairs = [
        (part["days"] / rules.days_per_month, part["event"])
        for part in (rows[rows["group"] == group] for group in (name, reference))
    ]
    first, second = (kaplan_meier(*pair).median.estimate for pair in pairs)
    lower, upper = median_difference_limits(
        pairs[0], pairs[1], seed=seed, confidence_level=rules.confidence_level
    )
    return Difference(
        group=name,
        value=None if first is None or second is None else first - second,
        lower=lower,
        upper=upper,
        level=rules.confidence_level,
        method=f"difference of Kaplan-Meier medians, {METHOD}",
    )


@dataclass(frozen=True)
class _Level:
    factor: str
    name: str
    subjects: pd.Series


def _levels(levels: pd.DataFrame) -> list[_Level]:
    """In the order in which the factors came; levels by name."""
    return [
        _Level(factor, name, levels.loc[chosen, "subject"])
        for factor in levels["factor"].unique()
        for name in sorted(levels.loc[levels["factor"] == factor, "level"].unique())
        for chosen in [(levels["factor"] == factor) & (levels["level"] == name)]
    ]


def _forest_row(
    endpoint: Endpoint, rows: pd.DataFrame, arms: Arms, level: _Level, rules: EndpointRules
) -> ForestRow:
    """Unstratified within a level, where strata would leave few patients in each."""
    here = rows[rows["subject"].isin(level.subjects)]
    counted = here.groupby("group")["event"].agg(["size", "sum"])
    return ForestRow(
        endpoint=endpoint,
        factor=level.factor,
        level=level.name,
        counts=[
            GroupCount(
                group=name,
                n=int(counted["size"].get(name, 0)),
                events=int(counted["sum"].get(name, 0)),
            )
            for name, _, _ in arms.names
        ],
        hazard_ratios=_hazard_ratios(here, arms, rules, stratified=False),
    )
