"""Principal components as R's `prcomp` has them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from microbiome.calc.axes import Array, signs
from microbiome.calc.counts import NotAnalyzable

Scaling = Literal["none", "unit", "pareto"]

_ROUNDING = 1e-13


@dataclass(frozen=True)
class Pca:
    """`scores` has samples × axes, `loadings` kept features × axes, `sdev` every component.

    `kept` tells which features had variance to be scaled by; the others were left out.
    """

    scores: Array
    loadings: Array
    sdev: Array
    kept: Array

    @property
    def shares(self) -> Array:
        """Of the total variance."""
        variance = self.sdev**2
        return np.asarray(variance / (variance.sum() or 1.0))


def pca(table: Array, *, axes: int, center: bool = True, scaling: Scaling = "none") -> Pca:
    """As `prcomp(x, center, scale.)`: standard deviations by n − 1, largest loading positive.

    Scaling to unit variance divides by the standard deviation, Pareto scaling by its root. Without
    centering both take the root of the mean square by n − 1 for it, as R's `scale` does. Constant
    features are left out when scaling, where R stops.

    Raises:
        NotAnalyzable: there is one sample, or no feature varies.

    Sources: Mardia, Kent and Bibby 1979, chapter 8; Pareto scaling: van den Berg et al. 2006, BMC
    Genomics 7:142.
    """
    if len(table) < 2:
        raise NotAnalyzable("There is one sample only: nothing varies.")
    table = np.asarray(table - table.mean(axis=0)) if center else table
    spread = np.sqrt((table**2).sum(axis=0) / (len(table) - 1))
    kept = np.ones(table.shape[1], dtype=bool)
    if scaling != "none":
        # The mean of equal numbers may be off by rounding.
        kept = np.ptp(table, axis=0) > 0
        table = table[:, kept] / (spread[kept] if scaling == "unit" else np.sqrt(spread[kept]))
    if not np.ptp(table, axis=0).any():
        raise NotAnalyzable("No feature varies between the samples.")
    sdev, loadings = _components(table, axes)
    loadings = loadings * signs(loadings)
    return Pca(table @ loadings, loadings, sdev, kept)


def _components(table: Array, axes: int) -> tuple[Array, Array]:
    """By the smaller of the two matrices of products, some eight times faster than the SVD."""
    samples, features = table.shape
    product = table @ table.T if samples < features else table.T @ table
    values, vectors = np.linalg.eigh(product)
    values, vectors = values[::-1], vectors[:, ::-1]
    values = np.where(values > _ROUNDING * values[0], values, 0)
    vectors = vectors[:, : min(axes, int((values > 0).sum()))]
    if samples < features:
        vectors = table.T @ vectors
        vectors = vectors / np.linalg.norm(vectors, axis=0)
    return np.sqrt(values / (samples - 1)), vectors
