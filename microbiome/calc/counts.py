"""What a table of counts must be, and what it becomes: proportions and log ratios."""

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]

MOST_SAMPLES, MOST_FEATURES = 5_000, 20_000
PSEUDO_COUNT = 0.5
"""Added to every count, zero or not, before a logarithm."""


class NotAnalyzable(ValueError):
    """The sentence says why the table, or what is asked of it, gives no answer."""


def check_counts(counts: Table) -> None:
    """
    Raises:
        NotAnalyzable: a value is negative or no whole number.
    """
    if (counts < 0).any():
        raise NotAnalyzable("Counts cannot be negative.")
    if (counts != np.floor(counts)).any():
        raise NotAnalyzable("Counts must be whole numbers.")


def proportions(counts: Table) -> Table:
    """Each sample divided by its sum.

    Raises:
        NotAnalyzable: a sample is empty, so that it has no proportions.
    """
    total = counts.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        raise NotAnalyzable("A sample is empty: it has no proportions.")
    return np.asarray(counts / total)


def log_proportions(counts: Table) -> Table:
    """log2 of proportions of the counts with half a count added to each, so that zeros have one."""
    return np.asarray(np.log2(proportions(counts + PSEUDO_COUNT)))


def centered_log_ratios(counts: Table) -> Table:
    """CLR: ln(count + 0.5) minus its mean in the sample.

    Source: Aitchison 1982, J R Stat Soc B 44:139. Half a count is added to all counts, as
    vegan's `decostand(x, "clr", pseudocount = 0.5)` does.
    """
    logs = np.log(counts + PSEUDO_COUNT)
    return np.asarray(logs - logs.mean(axis=1, keepdims=True))
