"""The first look at a table: diversity in samples, distances between them, change over visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microbiome.calc.alpha import INDICES, alpha, has_singletons, remarks
from microbiome.calc.counts import NotAnalyzable, Table
from microbiome.calc.distances import METRICS, check_apart
from microbiome.calc.formula import Term, term_columns
from microbiome.calc.groups import permdisp
from microbiome.calc.pcoa import pcoa
from microbiome.calc.permanova import permanova
from microbiome.calc.permutations import Orders, within_orders

AXES = 4
FEWEST = 3
"""So many samples make an ordination."""


@dataclass(frozen=True)
class Wish:
    """`visits` and `patients` have a label for each sample; an empty patient is a control."""

    metric: str
    permutations: int
    seed: int
    visits: NDArray[np.str_]
    patients: NDArray[np.str_]


def overview(counts: Table, wish: Wish) -> Iterator[dict[str, Any]]:
    """One part of the result after another, as plain numbers; what is no finite one is none, for
    JSON has no word for it: the pseudo-F is infinite where visits explain everything.

    The tests compare visits, permuting within patients: they tell change over time and nothing
    about arms. Samples without a patient are left out of them.

    Raises:
        NotAnalyzable: a sample is empty, all samples are identical, or too few.
    """
    if len(counts) < FEWEST:
        raise NotAnalyzable("Fewer than three samples are left: there is nothing to compare.")
    found = alpha(counts)
    yield {
        "alpha": {name: _plain(getattr(found, name)) for name in INDICES},
        "remarks": [list(remark) for remark in remarks(counts, found)],
        "has_singletons": has_singletons(counts),
    }
    distances = METRICS[wish.metric](counts)
    check_apart(distances)
    points = pcoa(distances, axes=AXES)
    yield {
        "scores": [_plain(axis) for axis in points.scores.T],
        "shares": _plain(points.shares[: points.scores.shape[1]]),
        "negative_share": points.negative_sum / (points.positive_sum or 1.0),
    }
    yield {"tests": _tests(distances, wish)}


def _tests(distances: Table, wish: Wish) -> dict[str, Any]:
    """Change over visits, or none where there is nothing to test."""
    kept = np.flatnonzero(wish.patients != "")
    visits, patients = wish.visits[kept], wish.patients[kept]
    # A patient with one visit says nothing about change.
    if len(set(visits)) < 2 or len(set(patients)) == len(patients):
        return {}
    between = distances[np.ix_(kept, kept)]
    orders = within_orders(patients, wish.permutations, wish.seed)
    term = Term(("visit",))
    try:
        [line, *_rest] = permanova(between, [(term, term_columns(term, {"visit": visits}))], orders)
    except NotAnalyzable:
        return {}
    return {
        "samples": len(kept),
        "r2": line.r2,
        "f": _number(line.f),
        "p": line.p,
        "spread_p": _spread(between, visits, orders),
    }


def _spread(distances: Table, visits: NDArray[np.str_], orders: Orders) -> float | None:
    """The p of PERMDISP; none where a group is too small to have a spread."""
    try:
        return permdisp(distances, visits, orders).p
    except NotAnalyzable:
        return None


def _plain(values: NDArray[Any]) -> list[float | int | None]:
    return [_number(value) for value in values.tolist()]


def _number(value: Any) -> Any:
    return None if value is None or not isfinite(value) else value
