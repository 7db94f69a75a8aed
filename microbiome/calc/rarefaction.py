"""Rarefaction: samples as if each had been sequenced to the same depth."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from microbiome.calc.alpha import Abundances
from microbiome.calc.axes import Array
from microbiome.calc.counts import Table, check_counts


def expected_richness(counts: Table, depth: int) -> Array:
    """The mean observed number of features in `depth` reads drawn without putting back.

    NaN where a sample has fewer reads. It is exact: no reads are drawn. As vegan's `rarefy`.

    Raises:
        NotAnalyzable: the table holds no counts.

    Source: Hurlbert 1971, Ecology 52:577.
    """
    check_counts(counts)
    cells = Abundances(counts)
    total = cells.total[cells.row]
    rest = total - cells.value
    can_miss = rest >= depth
    missing = np.zeros(len(rest))
    missing[can_miss] = np.exp(
        _choose(rest[can_miss], depth) - _choose(np.maximum(total[can_miss], depth), depth)
    )
    return np.where(cells.total >= depth, cells.sum_of(1 - missing), np.nan)


def rarefied(counts: Table, depth: int, *, seed: int) -> tuple[Table, NDArray[np.bool_]]:
    """`depth` reads of each sample, drawn without putting back; and which samples had as many.

    Samples with fewer reads are left out of the table.

    Raises:
        NotAnalyzable: the table holds no counts.
    """
    check_counts(counts)
    kept = counts.sum(axis=1) >= depth
    random = np.random.default_rng(seed)
    drawn = [
        random.multivariate_hypergeometric(row, depth, method="marginals")
        for row in counts[kept].astype(np.int64)
    ]
    return np.array(drawn, dtype=np.float64).reshape(-1, counts.shape[1]), kept


def _choose(number: Array, taken: int) -> Array:
    """ln of how many ways there are; `number` is not below `taken`."""
    return np.asarray(gammaln(number + 1) - gammaln(number - taken + 1))
