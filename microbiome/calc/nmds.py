"""Non-metric multidimensional scaling: points whose distances have the order of those given."""

from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression, minimize
from scipy.spatial.distance import pdist, squareform

from microbiome.calc.axes import Array, signs
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import Distances, check_apart
from microbiome.calc.pcoa import pcoa

LEAST_STARTS = 20
IDLE_MOVES, MOST_MOVES = 40, 400
"""The search ends after so many moves in a row that brought nothing, or so many in all."""
MOST_IDLE_MOVES, _MOVED_SAMPLES = 100, 4_000
"""Small tables are quick, hence get more idle moves: the second number by that of samples."""
SAME = 1e-5
"""A start reached the best where its stress is higher by no more than this."""
QUICK = {"maxiter": 200, "ftol": 1e-8, "gtol": 1e-7}
THOROUGH = {"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-13, "gtol": 1e-10}
"""Of L-BFGS: for each start, and for the best at the end."""
_NONE = 1e-4
"""A lower stress means that the points are too few for the axes."""


@dataclass(frozen=True)
class Shepard:
    """Each pair's given distance, its distance among the points, and the fitted one."""

    given: Array
    shown: Array
    fitted: Array


@dataclass(frozen=True)
class Nmds:
    """`scores` has samples × axes; `starts` counts the one from PCoA, too.

    `reached_best` is how many of the starts came to the stress by themselves: 0 where only moves of
    points found it.
    """

    scores: Array
    stress: float
    starts: int
    reached_best: int
    seed: int

    @property
    def is_degenerate(self) -> bool:
        return self.stress < _NONE


def nmds(distances: Distances, *, axes: int, seed: int, starts: int = LEAST_STARTS) -> Nmds:
    """The best of a start from PCoA, `starts` random ones, and moves of points from there.

    The measure is Kruskal's stress-1, from 0 to 1, with weak ties: pairs with equal distances may
    be shown with different ones. The distances are taken as they are: no square root, no double
    standardization, no step-across, which vegan's `metaMDS` may do. The points are centered, turned
    to their principal axes and scaled to a mean square of 1.

    Raises:
        NotAnalyzable: there are no more samples than axes, or all distances are equal to 0.

    Sources: Kruskal 1964, Psychometrika 29:1 and 29:115.
    """
    samples = len(distances)
    if samples <= axes:
        raise NotAnalyzable(f"NMDS with {axes} axes needs more than {axes} samples, not {samples}.")
    check_apart(distances)
    stress = _Stress(distances, axes)
    random = np.random.default_rng(seed)
    found = [stress.lowest(_padded(pcoa(distances, axes=axes).scores, axes))]
    found += [stress.lowest(random.standard_normal((samples, axes))) for _start in range(starts)]
    _value, points = _moved(stress, min(found, key=itemgetter(0)), random)
    value, points = stress.lowest(points, THOROUGH)
    reached = sum(other <= value + SAME for other, _points in found)
    return Nmds(_oriented(points), value, len(found), reached, seed)


def _moved(
    stress: "_Stress", best: tuple[float, Array], random: np.random.Generator
) -> tuple[float, Array]:
    """A tenth of the points thrown elsewhere, and again while that helps.

    A slope cannot take a point through others to where it belongs: on sparse made-up tables 100
    random starts alone stayed above vegan's best stress.
    """
    samples, axes = best[1].shape
    number = max(1, samples // 10)
    idle, most_idle = 0, max(IDLE_MOVES, min(MOST_IDLE_MOVES, _MOVED_SAMPLES // samples))
    for _move in range(MOST_MOVES):
        start = best[1] / best[1].std()
        start[random.choice(samples, number, replace=False)] = random.standard_normal(
            (number, axes)
        )
        other = stress.lowest(start)
        idle = 0 if other[0] < best[0] - SAME else idle + 1
        best = min(best, other, key=itemgetter(0))
        if idle == most_idle:
            break
    return best


def shepard(distances: Distances, scores: Array) -> Shepard:
    """What a Shepard plot shows of these points."""
    shown = pdist(scores)
    given = squareform(distances, checks=False)
    return Shepard(given, shown, _Stress(distances, scores.shape[1]).fitted(shown))


class _Stress:
    """Stress-1 of points, with its slope."""

    def __init__(self, distances: Distances, axes: int) -> None:
        self.shape = (len(distances), axes)
        given = squareform(distances, checks=False)
        self.order = np.argsort(given, kind="stable")
        ranked = given[self.order]
        self.group = np.cumsum(np.r_[0, ranked[1:] > ranked[:-1]])
        self.has_ties = bool(self.group[-1] < len(given) - 1)
        # Filled anew at each step: making such a matrix took a third of the time.
        self.weights = np.zeros_like(distances)
        self.upper = np.flatnonzero(np.triu(np.ones(distances.shape, dtype=bool), 1))

    def fitted(self, shown: Array) -> Array:
        """The nearest distances in the order of those given; within ties in the order shown."""
        order = self.order
        if self.has_ties:
            order = order[np.lexsort((shown[order], self.group))]
        fitted = np.empty_like(shown)
        fitted[order] = isotonic_regression(shown[order]).x
        return fitted

    def __call__(self, flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        points = flat.reshape(self.shape)
        shown = pdist(points)
        off = shown - self.fitted(shown)
        above, below = float(off @ off), float(shown @ shown)
        stress = (above / below) ** 0.5
        if stress == 0:
            return 0.0, np.zeros_like(flat)
        # d stress / d distance, by distance: the fitted distances stay, being the nearest.
        slope = stress * np.divide(
            off / above - shown / below, shown, out=np.zeros_like(shown), where=shown > 0
        )
        weights = self.weights
        weights.flat[self.upper] = slope
        sums = weights.sum(axis=0) + weights.sum(axis=1)
        return stress, (sums[:, None] * points - weights @ points - weights.T @ points).ravel()

    def lowest(self, start: Array, limits: dict[str, float] = QUICK) -> tuple[float, Array]:
        # Stress does not change with size, L-BFGS does: about 1 is what its steps are made for.
        scaled = start / (start.std() or 1.0)
        found = minimize(
            self,
            scaled.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxcor": 20, **limits},
        )
        return float(found.fun), found.x.reshape(self.shape)


def _padded(scores: Array, axes: int) -> Array:
    """With fewer axes than asked for, the others start at 0, where the slope leads away."""
    return np.hstack([scores, np.zeros((len(scores), axes - scores.shape[1]))])


def _oriented(points: Array) -> Array:
    centered = points - points.mean(axis=0)
    _left, _size, turn = np.linalg.svd(centered, full_matrices=False)
    turned = centered @ turn.T
    turned *= (len(turned) / (turned**2).sum()) ** 0.5
    return np.asarray(turned * signs(turned))
