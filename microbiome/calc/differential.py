"""Feature by feature: change within patients, and difference between groups.

Values are samples × features, already transformed. Every test is vectorized over the features and
gives NaN where a feature cannot be tested, as when all of its values are equal.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, false_discovery_control, norm, rankdata
from scipy.stats import t as t_distribution

from microbiome.calc.axes import Array
from microbiome.calc.counts import NotAnalyzable


@dataclass(frozen=True)
class Tested:
    """One statistic and one two-sided p for each feature."""

    statistic: Array
    p: Array


def signed_rank(changes: Array) -> Tested:
    """Wilcoxon's signed rank test of patients × features; V sums the ranks of increases.

    Always the normal approximation with continuity correction and tied ranks; changes of 0 are left
    out. R is exact below 50 patients without ties; SciPy chooses by size and ties.

    Raises:
        NotAnalyzable: there is no patient.

    Source: Wilcoxon 1945, Biometrics Bull 1:80; Hollander and Wolfe 1999, section 3.1.
    """
    if not len(changes):
        raise NotAnalyzable("No patient has both samples.")
    zeros = (changes == 0).sum(axis=0)
    ranks = rankdata(np.abs(changes), axis=0) - zeros
    ranks[changes == 0] = 0
    v = np.where(changes > 0, ranks, 0).sum(axis=0)
    number = len(changes) - zeros
    variance = (ranks**2).sum(axis=0) / 4
    return _normal(v, number * (number + 1) / 4, variance)


def rank_sum(values: Array, is_first: NDArray[np.bool_]) -> Tested:
    """Wilcoxon's rank sum test; W counts from the first group, as in R.

    Always the normal approximation with continuity correction and tied ranks. R is exact below 50
    samples without ties, SciPy up to 8.

    Source: Mann and Whitney 1947, Ann Math Stat 18:50.
    """
    ranks = rankdata(values, axis=0)
    first, number = int(is_first.sum()), len(values)
    second = number - first
    w = ranks[is_first].sum(axis=0) - first * (first + 1) / 2
    variance = first * second / (number * (number - 1)) * _scatter(ranks)
    return _normal(w, np.full(len(w), first * second / 2), variance)


def kruskal(values: Array, codes: NDArray[np.int64]) -> Tested:
    """Kruskal and Wallis's H with tied ranks, by chi-square.

    Source: Kruskal and Wallis 1952, J Am Stat Assoc 47:583.
    """
    ranks = rankdata(values, axis=0)
    sizes = np.bincount(codes)
    means = np.eye(len(sizes))[codes].T @ ranks / sizes[:, None]
    between = (sizes[:, None] * (means - (len(values) + 1) / 2) ** 2).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        h = (len(values) - 1) * between / _scatter(ranks)
    return Tested(h, chi2.sf(h, len(sizes) - 1))


def welch(values: Array, is_first: NDArray[np.bool_]) -> Tested:
    """Welch's t, the first group less the second, with Satterthwaite's degrees of freedom.

    Source: Welch 1947, Biometrika 34:28.

    Raises:
        NotAnalyzable: a group has one sample only.
    """
    groups = (values[is_first], values[~is_first])
    if min(map(len, groups)) < 2:
        raise NotAnalyzable("Welch's test needs two samples in each group.")
    errors = [group.var(axis=0, ddof=1) / len(group) for group in groups]
    # Equal numbers may differ from their mean by rounding.
    varies = np.any([np.ptp(group, axis=0) > 0 for group in groups], axis=0)
    difference = groups[0].mean(axis=0) - groups[1].mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(varies, difference / np.sqrt(errors[0] + errors[1]), np.nan)
        parts = sum(e**2 / (len(g) - 1) for e, g in zip(errors, groups, strict=True))
        df = (errors[0] + errors[1]) ** 2 / parts
    return Tested(t, 2 * t_distribution.sf(np.abs(t), df))


def adjusted(p: Array) -> tuple[Array, int]:
    """Benjamini and Hochberg's p over the features that could be tested, and their number m.

    Source: Benjamini and Hochberg 1995, J R Stat Soc B 57:289.
    """
    tested = ~np.isnan(p)
    found = np.full(len(p), np.nan)
    if tested.any():
        found[tested] = false_discovery_control(p[tested])
    return found, int(tested.sum())


def _scatter(ranks: Array) -> Array:
    """Sum of squares of ranks around their mean; ties make it smaller by what they should."""
    number = len(ranks)
    return np.asarray((ranks**2).sum(axis=0) - number * (number + 1) ** 2 / 4)


def _normal(statistic: Array, mean: Array, variance: Array) -> Tested:
    off = np.abs(statistic - mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.maximum(off - 0.5, 0) / np.sqrt(variance)
    p = np.where(variance > 0, 2 * norm.sf(z), np.nan)
    return Tested(np.where(variance > 0, statistic, np.nan), p)
