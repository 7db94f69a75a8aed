"""Comparing groups of samples by their distances: ANOSIM and PERMDISP."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f as f_distribution
from scipy.stats import rankdata

from microbiome.calc.axes import Array
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import Distances, check_apart
from microbiome.calc.pcoa import gower_centered
from microbiome.calc.permutations import Orders, p_value

_NEAR = 1e-10
_NOTHING = 1e-20
_MOST_STEPS = 5_000


@dataclass(frozen=True)
class Anosim:
    r: float
    p: float


@dataclass(frozen=True)
class Permdisp:
    """`distances` has one for each sample, to the center of its group."""

    groups: list[str]
    mean_distances: list[float]
    distances: Array
    f: float
    p_parametric: float
    p: float


def coded(groups: NDArray[np.str_]) -> tuple[list[str], NDArray[np.int64]]:
    """Names in order, and the place of each sample's.

    Raises:
        NotAnalyzable: there is one group only.
    """
    names, codes = np.unique(groups.astype(str), return_inverse=True)
    if len(names) < 2:
        raise NotAnalyzable("There is one group only: nothing to compare.")
    return [str(name) for name in names], codes


def anosim(distances: Distances, groups: NDArray[np.str_], orders: Orders) -> Anosim:
    """R: mean rank of distances between groups less that within, by half the number of pairs.

    Tied distances share their mean rank, as in vegan's `anosim`.

    Raises:
        NotAnalyzable: there is one group only, no group has two samples, or all are identical.

    Source: Clarke 1993, Aust J Ecol 18:117.
    """
    check_apart(distances)
    names, codes = coded(groups)
    samples = len(codes)
    upper = np.triu_indices(samples, 1)
    ranks = np.zeros((samples, samples))
    ranks[upper] = rankdata(distances[upper])
    total, pairs = ranks.sum(), len(upper[0])
    ranks += ranks.T
    inside = sum(size * (size - 1) // 2 for size in np.bincount(codes))
    if not inside:
        raise NotAnalyzable("No group has two samples: no distance within groups.")

    def r(of: Orders) -> Array:
        sums = np.zeros(len(of))
        for code in range(len(names)):
            member = (codes[of.T] == code).astype(float)
            sums += np.einsum("ij,ij->j", member, ranks @ member) / 2
        return np.asarray(((total - sums) / (pairs - inside) - sums / inside) / (pairs / 2))

    observed = float(r(np.arange(samples)[None])[0])
    return Anosim(observed, p_value(observed, r(orders)))


def permdisp(
    distances: Distances, groups: NDArray[np.str_], orders: Orders, *, to_median: bool = True
) -> Permdisp:
    """Do groups scatter alike? An analysis of variance of the distances to the group's center.

    All principal coordinates are used. The center is found apart on those with positive and with
    negative eigenvalues, and the squared distance along the latter is subtracted, as in vegan's
    `betadisper`; scikit-bio drops them. The center is the spatial median, or the centroid.
    Residuals are permuted as `orders` says.

    Raises:
        NotAnalyzable: there is one group only, no group has two samples, all samples are identical,
            or those of each group are equally far from its center.

    Source: Anderson 2006, Biometrics 62:245.
    """
    check_apart(distances)
    names, codes = coded(groups)
    if len(names) >= len(codes):
        raise NotAnalyzable("No group has two samples: nothing scatters.")
    values, vectors = np.linalg.eigh(gower_centered(distances))
    kept = np.abs(values) > 1e-10 * np.abs(values).max()
    points = vectors[:, kept] * np.sqrt(np.abs(values[kept]))
    is_real = values[kept] > 0
    squared = np.zeros(len(codes))
    for code in range(len(names)):
        member = codes == code
        for axes, sign in ((points[:, is_real], 1), (points[:, ~is_real], -1)):
            center = spatial_median(axes[member]) if to_median else axes[member].mean(axis=0)
            squared[member] += sign * ((axes[member] - center) ** 2).sum(axis=1)
    spread = np.sqrt(np.maximum(squared, 0))
    sizes = np.bincount(codes)
    means = np.bincount(codes, weights=spread) / sizes
    residual = spread - means[codes]
    if (residual**2).sum() <= _NOTHING * (spread**2).sum():
        raise NotAnalyzable("In each group all samples are equally far from its center: no test.")
    observed = float(_f(spread[None], codes, sizes)[0])
    p = p_value(observed, _f(residual[orders], codes, sizes))
    df = (len(names) - 1, len(codes) - len(names))
    parametric = float(f_distribution.sf(observed, *df))
    return Permdisp(names, means.tolist(), spread, observed, parametric, p)


def _f(rows: Array, codes: NDArray[np.int64], sizes: NDArray[np.int64]) -> Array:
    """F of a one-way analysis of variance for each row of values."""
    member = np.eye(len(sizes))[codes]
    means = rows @ member / sizes
    between = (sizes * (means - rows.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    within = ((rows - means[:, codes]) ** 2).sum(axis=1)
    return np.asarray(between / (len(sizes) - 1) / (within / (len(codes) - len(sizes))))


def spatial_median(points: Array) -> Array:
    """The point with the least sum of distances.

    Source: Vardi and Zhang 2000, Proc Natl Acad Sci 97:1423, who mend Weiszfeld's steps where they
    meet one of the points.
    """
    center = points.mean(axis=0)
    size = float(np.abs(points - center).max(initial=0)) or 1.0
    for _step in range(_MOST_STEPS):
        away = points - center
        length = np.sqrt((away**2).sum(axis=1))
        here = length <= _NEAR * size
        weight = 1 / length[~here]
        if not len(weight):
            return center
        pull = weight @ away[~here]
        held = here.sum() / (float(np.linalg.norm(pull)) or 1.0)
        step = max(0.0, 1 - held) * pull / weight.sum()
        center = center + step
        if np.abs(step).max() <= _NEAR * size:
            break
    return center
