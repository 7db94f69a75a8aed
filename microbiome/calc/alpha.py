"""Alpha diversity: how many features a sample has, and how evenly."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microbiome.calc.counts import Table, check_counts

RARE = 10
"""A feature with at most so many reads is rare to ACE (Chao and Lee 1992)."""
HIGH_VARIATION = 0.64
"""From this squared coefficient of variation of the rare features on, ACE-1 is another number."""
FEW_SINGLETONS = 0.05
"""Without singletons in all but this share of samples, the reads were denoised."""

EMPTY = "the sample is empty"
ONLY_SINGLETONS = "all rare features are singletons"
NOTHING_RARE = "no feature is rare, so that it is the observed number"
ONE_FEATURE = "the sample has one feature"
ONE_READ = "the sample has one read"
NOT_COUNTS = "the table holds no counts"


@dataclass(frozen=True)
class Alpha:
    """One value per sample in each field, NaN where it is not defined.

    Shannon is in nats; `simpson` is 1 − Σp² and `simpson_d` mothur's D, which is high where
    diversity is low.
    """

    observed: NDArray[Any]
    chao1: NDArray[Any]
    ace: NDArray[Any]
    ace1: NDArray[Any]
    shannon: NDArray[Any]
    simpson: NDArray[Any]
    simpson_d: NDArray[Any]
    inv_simpson: NDArray[Any]
    pielou: NDArray[Any]
    goods_coverage: NDArray[Any]


INDICES = tuple(field.name for field in fields(Alpha))


class Abundances:
    """The cells that are not zero, and sums over them by sample."""

    def __init__(self, table: Table) -> None:
        self.samples = len(table)
        self.row, column = np.nonzero(table)
        self.value = table[self.row, column]
        self.total = self.sum_of(self.value)
        self.observed = self.sum_of(self.value > 0)
        self.singletons = self.sum_of(self.value == 1)

    def sum_of(self, values: NDArray[Any]) -> NDArray[np.float64]:
        sums = np.bincount(self.row, weights=values, minlength=self.samples)
        return sums.astype(np.float64, copy=False)


def alpha(table: Table, *, is_counts: bool = True) -> Alpha:
    """Every index of each sample; those of counts are NaN where the table holds proportions.

    Raises:
        NotAnalyzable: negative values, or fractions in what should be counts.

    Sources: Shannon 1948, Bell Syst Tech J 27:379, in natural logarithms; Simpson 1949, Nature
    163:688; Pielou 1966, J Theor Biol 13:131, Shannon by ln of the observed number; Good 1953,
    Biometrika 40:237, 1 − F1/N; Chao 1984, Scand J Stat 11:265, in the form corrected for bias,
    S + F1(F1 − 1)/2(F2 + 1), without the factor (N − 1)/N of SPADE and iNEXT.
    """
    check_counts(table if is_counts else np.sign(table))
    cells = Abundances(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = cells.value / cells.total[cells.row]
        filled = np.where(cells.total > 0, 1.0, np.nan)
        shannon = np.abs(cells.sum_of(share * np.log(share))) * filled
        squares = cells.sum_of(share**2) * filled
        several = np.where(cells.observed > 1, cells.observed, np.nan)
        values = {
            "observed": cells.observed.astype(int),
            "shannon": shannon,
            "simpson": 1 - squares,
            "inv_simpson": 1 / squares,
            "pielou": shannon / np.log(several),
        }
        if is_counts:
            values |= _of_counts(cells)
    return Alpha(**{name: values.get(name, filled * np.nan) for name in INDICES})


def _of_counts(cells: Abundances) -> dict[str, NDArray[Any]]:
    total, ones = cells.total, cells.singletons
    twos = cells.sum_of(cells.value == 2)
    pairs = cells.sum_of(cells.value * (cells.value - 1))
    ace, ace1 = abundance_coverage(cells)
    return {
        "chao1": cells.observed + ones * (ones - 1) / (2 * (twos + 1)),
        "ace": ace,
        "ace1": ace1,
        "simpson_d": pairs / (total * (total - 1)),
        "goods_coverage": 1 - ones / total,
    }


def abundance_coverage(cells: Abundances) -> tuple[NDArray[Any], NDArray[Any]]:
    """ACE as vegan's `estimateR` and ACE-1 as mothur print it, with at most 10 reads as rare.

    ACE-1 is for rare features that vary much (CV² ≥ 0.64) and equals ACE elsewhere. Where nothing
    is rare both are the observed number, which is the limit; where all rare features are singletons
    they are NaN.

    Sources: Chao and Lee 1992, J Am Stat Assoc 87:210, equations 2.13-2.15; the reading of vegan
    2.6 (O'Hara 2005, J Anim Ecol 74:375) and of mothur 1.48.
    """
    rare = cells.value <= RARE
    value = cells.value * rare
    species, reads = cells.sum_of(rare), cells.sum_of(value)
    pairs = cells.sum_of(value * (value - 1))
    coverage = 1 - cells.singletons / reads
    coverage[coverage == 0] = np.nan
    pairs_met = pairs / (coverage * reads * (reads - 1))
    variation = np.maximum(species * pairs_met - 1, 0)
    more = variation * (1 + reads * (1 - coverage) * pairs_met)
    estimates = []
    for squared_cv in (variation, np.where(variation >= HIGH_VARIATION, more, variation)):
        estimate = cells.observed - species + (species + cells.singletons * squared_cv) / coverage
        limit = np.where(cells.observed > 0, cells.observed, np.nan)
        estimates.append(np.where(species == 0, limit, estimate))
    return estimates[0], estimates[1]


def remarks(
    table: Table, found: Alpha, *, is_counts: bool = True
) -> Iterator[tuple[int, str, str]]:
    """Sample, index and reason for each value that is not defined or taken as a limit.

    A sample that is empty is told once, without an index.
    """
    is_empty = ~table.any(axis=1)
    yield from ((int(sample), "", EMPTY) for sample in np.flatnonzero(is_empty))
    reasons = {"pielou": ONE_FEATURE}
    if is_counts:
        reasons |= {"ace": ONLY_SINGLETONS, "ace1": ONLY_SINGLETONS, "simpson_d": ONE_READ}
    for name, reason in reasons.items():
        for sample in np.flatnonzero(np.isnan(getattr(found, name)) & ~is_empty):
            yield int(sample), name, reason
    if is_counts:
        nothing_rare = table.any(axis=1) & ~((table > 0) & (table <= RARE)).any(axis=1)
        for sample in np.flatnonzero(nothing_rare):
            yield int(sample), "ace", NOTHING_RARE


def has_singletons(table: Table) -> bool:
    """False where almost no sample has a feature seen once, as after DADA2.

    Chao1 is then the observed number, Good's coverage 1, and ACE adds nothing.
    """
    return bool(((table == 1).any(axis=1)).mean() > FEW_SINGLETONS)
