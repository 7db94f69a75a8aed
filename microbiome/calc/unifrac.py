"""UniFrac: how much of a rooted tree two samples share.

Our own few lines: with every branch as a column, unweighted UniFrac is one matrix product, some
fifty times faster than scikit-bio, which would add 200 MB to each worker.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from microbiome.calc.counts import Table, proportions
from microbiome.calc.distances import Distances
from microbiome.calc.newick import BadTree, Tree


def unweighted_unifrac(counts: Table, features: Sequence[str], tree: Tree) -> Distances:
    """Length of the branches that lead to one of two samples only, by that of those to either.

    A sample covers every branch from its features up to the root, whatever the other samples have.

    Raises:
        NotAnalyzable: a sample is empty.
        BadTree: a feature is no tip of the tree.

    Source: Lozupone and Knight 2005, Appl Environ Microbiol 71:8228.
    """
    share, length = branch_shares(proportions(counts), features, tree)
    covered = (share > 0).astype(np.float64)
    shared = (covered * length) @ covered.T
    own = shared.diagonal()
    either = np.add.outer(own, own) - shared
    found = 1 - np.divide(shared, either, out=np.ones_like(shared), where=either > 0)
    np.fill_diagonal(found, 0)
    return np.asarray(np.maximum(found, 0))


def weighted_unifrac(counts: Table, features: Sequence[str], tree: Tree) -> Distances:
    """Σ length × |p − q| over the branches, not normalized: QIIME 2's `weighted_unifrac`.

    Raises: as `unweighted_unifrac`.

    Source: Lozupone et al. 2007, Appl Environ Microbiol 73:1576.
    """
    share, length = branch_shares(proportions(counts), features, tree)
    return np.asarray(squareform(pdist(share * length, "cityblock")))


def weighted_normalized_unifrac(counts: Table, features: Sequence[str], tree: Tree) -> Distances:
    """The same by Σ length × (p + q), hence from 0 to 1: phyloseq's default, GUniFrac's d_1.

    The sum equals that of Lozupone's distances of the features from the root.

    Raises: as `unweighted_unifrac`.
    """
    share, length = branch_shares(proportions(counts), features, tree)
    depth = share @ length
    raw = squareform(pdist(share * length, "cityblock"))
    return np.asarray(raw / np.add.outer(depth, depth))


def branch_shares(
    shares: Table, features: Sequence[str], tree: Tree
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each sample the share of reads below each branch (samples × branches), and their lengths.

    Branches that lead to no read are left out.
    """
    tips = tree.tips()
    unknown = [feature for feature in features if feature not in tips]
    if unknown:
        more = f" and {len(unknown) - 1} more are" if len(unknown) > 1 else " is"
        raise BadTree(f"the feature {unknown[0]}{more} not in the tree")
    found = np.zeros((len(tree.parent), len(shares)))
    found[[tips[feature] for feature in features]] = shares.T
    for node in range(len(found) - 1, 0, -1):
        found[tree.parent[node]] += found[node]
    kept = found.any(axis=1)
    return np.ascontiguousarray(found[kept].T), np.array(tree.length)[kept]


METRICS = {
    "unweighted-unifrac": unweighted_unifrac,
    "weighted-unifrac": weighted_unifrac,
    "weighted-normalized-unifrac": weighted_normalized_unifrac,
}
