"""Distances between samples without a tree. Each function gives a square matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from microbiome.calc.counts import NotAnalyzable, Table, centered_log_ratios, proportions

Distances = NDArray[np.float64]


def bray_curtis(counts: Table) -> Distances:
    """Bray-Curtis on proportions: Σ|p − q| / Σ(p + q).

    Both sums are taken in the same order, as in vegan, so that samples that share nothing have
    exactly 1 and are tied in ranks. On raw counts it measures read depth, too: see
    `bray_curtis_of_counts`.

    Raises:
        NotAnalyzable: a sample is empty.

    Source: Bray and Curtis 1957, Ecol Monogr 27:325.
    """
    return _square(pdist(proportions(counts), "braycurtis"))


def bray_curtis_of_counts(counts: Table) -> Distances:
    """Bray-Curtis on the numbers as they are: Σ|x − y| / Σ(x + y), as vegan's `vegdist`.

    Raises:
        NotAnalyzable: a sample is empty.
    """
    return _square(pdist(_filled(counts), "braycurtis"))


def jaccard(counts: Table) -> Distances:
    """Jaccard on presence and absence: 1 − shared / in either. vegan's default is quantitative.

    One matrix product counts what each pair shares, exactly below 2^24 features.

    Raises:
        NotAnalyzable: a sample is empty.

    Source: Jaccard 1912, New Phytol 11:37.
    """
    present = (_filled(counts) > 0).astype(np.float32)
    shared = (present @ present.T).astype(np.float64)
    number = shared.diagonal()
    return np.asarray(1 - shared / (np.add.outer(number, number) - shared))


def aitchison(counts: Table) -> Distances:
    """Euclidean distance of centered log ratios with half a count added to every count.

    Raises:
        NotAnalyzable: a sample is empty.

    Source: Aitchison 1992, Math Geol 24:365.
    """
    return euclidean(centered_log_ratios(_filled(counts)))


def euclidean(table: Table) -> Distances:
    """By one matrix product of the centered table: the diagonal is exactly 0.

    Where two samples are so near that the product loses digits, they are subtracted.
    """
    centered = table - table.mean(axis=0)
    product = centered @ centered.T
    square = product.diagonal()
    sums = np.add.outer(square, square)
    squared = sums - 2 * product
    near = np.argwhere(np.triu(squared < sums * 1e-5, 1))
    for a, b in near:
        squared[a, b] = squared[b, a] = ((table[a] - table[b]) ** 2).sum()
    np.fill_diagonal(squared, 0)
    return np.asarray(np.sqrt(squared))


def check_apart(distances: Distances) -> None:
    """
    Raises:
        NotAnalyzable: every distance is 0.
    """
    if not distances.any():
        raise NotAnalyzable("All samples are identical: there is nothing to compare.")


def _filled(counts: Table) -> Table:
    if (counts.sum(axis=1) <= 0).any():
        raise NotAnalyzable("A sample is empty: no distance to it is defined.")
    return counts


def _square(condensed: NDArray[Any]) -> Distances:
    return np.asarray(squareform(condensed, checks=False))


METRICS = {
    "braycurtis": bray_curtis,
    "braycurtis-counts": bray_curtis_of_counts,
    "jaccard": jaccard,
    "aitchison": aitchison,
}
