"""Comparing survival between groups: the log-rank test and Cox's model, each also stratified.

Kalbfleisch and Prentice 2002, The Statistical Analysis of Failure Time Data, sections 1.5 and 4.
What cannot be estimated is None.
"""

import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from lifelines import CoxPHFitter
from lifelines.exceptions import ConvergenceError
from scipy.stats import chi2, norm

from outcomes.calc.breslow import fit_breslow

Ties = Literal["efron", "breslow"]

_PRECISION = {"precision": 1e-12}
"""Newton's steps go on until they no longer matter; lifelines stops some 1e-4 earlier."""

_LARGEST_ERROR = 50.0
"""A standard error of a log hazard ratio beyond this means that a group has no event at all."""


@dataclass(frozen=True)
class LogRankGroup:
    """Events seen in a group, and those expected if all groups were alike."""

    group: Any
    n: int
    observed: int
    expected: float


@dataclass(frozen=True)
class LogRank:
    """The test has no result (None) without events or with one group only."""

    method: str
    chisq: float | None
    df: int
    p: float | None
    groups: list[LogRankGroup]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def logrank(
    days: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
) -> LogRank:
    """Log-rank test with the hypergeometric variance, summed over strata where given."""
    time, happened = np.asarray(days, dtype=float), np.asarray(event, dtype=bool)
    # Hashed, not sorted: patients are many, groups and strata few.
    member, names = pd.factorize(np.asarray(group), sort=True)
    expected, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for here in _strata(strata, len(time)):
        added = _expected_and_variance(time[here], happened[here], member[here], len(names))
        expected += added[0]
        variance += added[1]
    observed = np.bincount(member[happened], minlength=len(names))
    chisq, df = _chi_square(observed - expected, variance, expected > 0)
    sizes = np.bincount(member, minlength=len(names))
    return LogRank(
        method="log-rank" if strata is None else "stratified log-rank",
        chisq=chisq,
        df=df,
        p=None if chisq is None else float(chi2.sf(chisq, df)),
        groups=[
            LogRankGroup(*values)
            for values in zip(
                names.tolist(), sizes.tolist(), observed.tolist(), expected.tolist(), strict=True
            )
        ],
    )


def _strata(strata: npt.ArrayLike | None, patients: int) -> Iterator[Any]:
    """What chooses the patients of each stratum; all of them where nothing is stratified by."""
    if strata is None:
        yield from [slice(None)] if patients else []
        return
    codes, different = pd.factorize(np.asarray(strata))
    yield from (codes == number for number in range(len(different)))


def _expected_and_variance(
    time: np.ndarray, happened: np.ndarray, member: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Expected events of each group of one stratum, and their covariance."""
    moments, deaths = np.unique(time[happened], return_counts=True)
    at_risk = np.stack(
        [
            np.count_nonzero(member == number)
            - np.searchsorted(np.sort(time[member == number]), moments, side="left")
            for number in range(groups)
        ],
        axis=1,
    )
    total = at_risk.sum(axis=1)
    share = at_risk / total[:, None]
    weight = deaths * (total - deaths) / np.maximum(total - 1, 1)
    weighted = share * weight[:, None]
    return deaths @ share, np.diag(weighted.sum(axis=0)) - share.T @ weighted


def _chi_square(
    difference: np.ndarray, variance: np.ndarray, compared: np.ndarray
) -> tuple[float | None, int]:
    """Statistic and degrees of freedom over the groups that were ever at risk of an event."""
    kept = np.flatnonzero(compared)[1:]
    if not len(kept):
        return None, 0
    inner = variance[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(inner) < len(kept):
        return None, len(kept)
    return float(difference[kept] @ np.linalg.solve(inner, difference[kept])), len(kept)


@dataclass(frozen=True)
class CoxTerm:
    """The log hazard ratio of one covariate and what follows from it."""

    term: str
    coef: float | None
    se: float | None
    hr: float | None
    lower: float | None
    upper: float | None
    p: float | None


@dataclass(frozen=True)
class Cox:
    """A fitted model; `note` says why an estimate is missing, or is empty."""

    method: str
    confidence_level: float
    n: int
    events: int
    terms: list[CoxTerm]
    note: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def cox(
    days: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: pd.DataFrame,
    *,
    strata: npt.ArrayLike | None = None,
    confidence_level: float = 0.95,
    ties: Ties = "efron",
) -> Cox:
    """Cox's model with Efron's ties, or Breslow's; limits and p by Wald.

    A covariate that is not numeric is compared with its first value in alphabetical order, as the
    term "name: value"; an ordered category sets another reference. Strata have their own baseline.
    """
    design = _design(covariates)
    names = list(design.columns)
    table = design.assign(_days=np.asarray(days, float), _event=np.asarray(event, int))
    if strata is not None:
        table["_stratum"] = pd.factorize(np.asarray(strata))[0]
    note = "" if table["_event"].any() and names else "NO-EVENTS" if names else "NO-COVARIATES"
    terms: list[CoxTerm] = []
    if not note and ties == "breslow":
        note, terms = _fit_breslow(table, names, confidence_level)
    elif not note:
        note, terms = _fit_efron(table, None if strata is None else ["_stratum"], confidence_level)
    return Cox(
        method=f"Cox, {ties.capitalize()} ties" + ("" if strata is None else ", stratified"),
        confidence_level=confidence_level,
        n=len(table),
        events=int(table["_event"].sum()),
        terms=terms or [_no_term(name) for name in names],
        note=note,
    )


def _design(covariates: pd.DataFrame) -> pd.DataFrame:
    columns = {}
    for name, values in covariates.reset_index(drop=True).items():
        if pd.api.types.is_numeric_dtype(values):
            columns[str(name)] = values.astype(float)
            continue
        for level in values.astype("category").cat.categories[1:]:
            columns[f"{name}: {level}"] = (values == level).astype(float)
    return pd.DataFrame(columns, index=range(len(covariates)))


def _fit_efron(
    table: pd.DataFrame, strata: list[str] | None, confidence_level: float
) -> tuple[str, list[CoxTerm]]:
    """The terms if the model converged, and a note of what could not be estimated."""
    model = CoxPHFitter(alpha=1 - confidence_level)
    with warnings.catch_warnings():
        # lifelines warns of what the size of the error says better, below
        warnings.simplefilter("ignore")
        try:
            model.fit(table, "_days", "_event", strata=strata, fit_options=_PRECISION)
        except ConvergenceError:
            return "NOT-CONVERGED", []
    return _estimable(_terms(model))


def _estimable(terms: list[CoxTerm]) -> tuple[str, list[CoxTerm]]:
    """A group without events has no hazard ratio; the others keep theirs."""
    sure = [term.se is not None and term.se < _LARGEST_ERROR for term in terms]
    kept = [term if fits else _no_term(term.term) for term, fits in zip(terms, sure, strict=True)]
    return "" if all(sure) else "NOT-ESTIMABLE", kept


def _fit_breslow(
    table: pd.DataFrame, names: list[str], confidence_level: float
) -> tuple[str, list[CoxTerm]]:
    """As `_fit_efron`; lifelines has no Breslow."""
    stratum = table["_stratum"] if "_stratum" in table else np.zeros(len(table), dtype=int)
    found = fit_breslow(
        table["_days"].to_numpy(),
        table["_event"].to_numpy(dtype=bool),
        table[names].to_numpy(dtype=float),
        np.asarray(stratum),
    )
    if found is None:
        return "NOT-CONVERGED", []
    coefficients, errors = found
    width = norm.ppf((1 + confidence_level) / 2) * errors
    columns = (
        coefficients,
        errors,
        np.exp(coefficients),
        np.exp(coefficients - width),
        np.exp(coefficients + width),
        2 * norm.sf(np.abs(coefficients / errors)),
    )
    return _estimable(
        [
            CoxTerm(name, *row)
            for name, row in zip(names, np.column_stack(columns).tolist(), strict=True)
        ]
    )


def _terms(model: CoxPHFitter) -> list[CoxTerm]:
    summary = model.summary
    level = f"{100 * (1 - model.alpha):g}%"
    columns = [
        "coef",
        "se(coef)",
        "exp(coef)",
        f"exp(coef) lower {level}",
        f"exp(coef) upper {level}",
        "p",
    ]
    values = summary[columns].to_numpy(dtype=float).tolist()
    return [CoxTerm(str(name), *row) for name, row in zip(summary.index, values, strict=True)]


def _no_term(name: str) -> CoxTerm:
    return CoxTerm(name, None, None, None, None, None, None)
