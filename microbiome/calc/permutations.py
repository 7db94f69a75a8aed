"""Orders of samples for permutation tests: drawn from a seed, or checked when they are given.

Orders are permutations × samples, counted from 0. A test uses sample `order[i]` at place i, as R's
permute package means it.
"""

import numpy as np
from numpy.typing import NDArray

Orders = NDArray[np.int64]
Labels = NDArray[np.str_]

TIES = 1.5e-8
"""A permuted statistic that is lower by no more than rounding counts as a hit: vegan's √ε."""


def free_orders(samples: int, number: int, seed: int) -> Orders:
    """Any sample may take any place."""
    return within_orders(np.full(samples, ""), number, seed)


def within_orders(strata: Labels, number: int, seed: int) -> Orders:
    """Samples change places within their stratum only: what tests change over time in patients."""
    random = np.random.default_rng(seed)
    codes = np.unique(strata, return_inverse=True)[1]
    places = np.argsort(codes, kind="stable")
    orders = np.empty((number, len(codes)), dtype=np.int64)
    for order in orders:
        order[places] = np.lexsort((random.random(len(codes)), codes))
    return orders


def whole_orders(blocks: Labels, number: int, seed: int) -> Orders:
    """Whole patients change places, each keeping the order of its samples: what tests an arm.

    Patients change places with those who have as many samples.
    """
    random = np.random.default_rng(seed)
    codes = np.unique(blocks, return_inverse=True)[1]
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    sizes = np.array([len(member) for member in members])
    orders = np.empty((number, len(codes)), dtype=np.int64)
    for order in orders:
        for size in np.unique(sizes):
            alike = np.flatnonzero(sizes == size)
            for place, taken in zip(alike, random.permutation(alike), strict=True):
                order[members[place]] = members[taken]
    return orders


def wrong_order(order: NDArray[np.int64], samples: int, strata: Labels | None) -> str:
    """Why the numbers, counted from 0, are no order of the samples; empty where they are one."""
    if not np.array_equal(np.sort(order), np.arange(samples)):
        return f"must have each number from 1 to {samples} once"
    if strata is not None:
        moved = np.flatnonzero(strata[order] != strata)
        if len(moved):
            return f"moves sample {order[moved[0]] + 1} into another stratum"
    return ""


def p_value(observed: float, permuted: NDArray[np.float64]) -> float:
    """(1 + hits) / (1 + permutations), ties counted with a tolerance, as in vegan."""
    return float((1 + (permuted >= observed - TIES).sum()) / (1 + len(permuted)))
