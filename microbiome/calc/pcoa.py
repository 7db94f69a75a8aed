"""Principal coordinates: points whose distances are as near as may be to those given."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, eigvalsh
from scipy.sparse.linalg import eigsh

from microbiome.calc.axes import Array, signs
from microbiome.calc.distances import Distances

FULL_BELOW = 1_000
"""So many samples have all of their axes; of more only those asked for, by Lanczos."""
_ZERO = 1e-12
"""An eigenvalue smaller than this share of the largest is rounding."""


@dataclass(frozen=True)
class Pcoa:
    """`scores` has samples × axes, `eigenvalues` all of them, from the largest down."""

    scores: Array
    eigenvalues: Array

    @property
    def positive_sum(self) -> float:
        return float(self.eigenvalues[self.eigenvalues > 0].sum())

    @property
    def negative_sum(self) -> float:
        """What no real axes can show; rounding alone where the distances are Euclidean."""
        return float(self.eigenvalues[self.eigenvalues < 0].sum())

    @property
    def shares(self) -> Array:
        """Of the sum of the positive eigenvalues, however many axes were asked for; else 0.

        vegan and ape print shares of the trace, negative eigenvalues included.
        """
        return np.asarray(np.maximum(self.eigenvalues, 0) / (self.positive_sum or 1.0))


def pcoa(distances: Distances, *, axes: int) -> Pcoa:
    """At most `axes` axes with positive eigenvalues; the largest score of each is positive.

    Nothing is transformed and no constant added: negative eigenvalues stay as they are. All
    eigenvalues are computed at any size, because the shares need their sum.

    Source: Gower 1966, Biometrika 53:325.
    """
    centered = gower_centered(distances)
    if len(distances) < FULL_BELOW:
        values, vectors = eigh(centered)
        values, vectors = values[::-1], vectors[:, ::-1][:, :axes]
    else:
        values = eigvalsh(centered)[::-1]
        start = np.cos(np.arange(len(distances)))  # any fixed one: the same bytes each time
        _found, vectors = eigsh(centered, k=min(axes, len(distances) - 1), which="LA", v0=start)
        vectors = vectors[:, ::-1]
    largest = values[: vectors.shape[1]]
    real = largest > _ZERO * max(values[0], 0)
    scores = vectors[:, real] * np.sqrt(largest[real])
    return Pcoa(scores * signs(scores), values)


def gower_centered(distances: Distances) -> Array:
    """-½ d², centered by rows and columns; its trace is the total sum of squares."""
    half = -0.5 * distances**2
    means = half.mean(axis=0)
    return np.asarray(half - means - means[:, None] + means.mean())
