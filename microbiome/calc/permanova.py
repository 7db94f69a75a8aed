"""PERMANOVA: sums of squared distances by terms of a model, tested by permutation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

from microbiome.calc.axes import Array
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import Distances, check_apart
from microbiome.calc.formula import Term
from microbiome.calc.pcoa import gower_centered
from microbiome.calc.permutations import Orders, p_value

_DEPENDENT = 1e-7
"""A column adds nothing where less than this share of its length is left: R's `qr`."""
_NOTHING = 1e-14
"""A residual smaller than this share of the total is rounding."""
_WIDE = 48
"""With more columns than this, moving the distances is cheaper than moving the model."""
_CELLS = 4_000_000
"""What one multiplication may hold at once: 32 MB."""


@dataclass(frozen=True)
class Line:
    """A term, the residual or the total; `f` and `p` are None where there is nothing to test."""

    term: str
    df: int
    ss: float
    r2: float
    f: float | None = None
    p: float | None = None


def permanova(
    distances: Distances,
    model: Sequence[tuple[Term, Array]],
    orders: Orders,
    *,
    by: Literal["terms", "margin"] = "terms",
) -> list[Line]:
    """Each term in the order of the model, or each that is in no other given all others; then
    residual and total, as vegan 2.6's `adonis2`.

    `model` holds each term with its columns. The distances are permuted as `orders` says, and every
    term is tested with the same orders.

    Raises:
        NotAnalyzable: all samples are identical; or no term can explain anything, as with one
            group.

    Sources: Anderson 2001, Austral Ecol 26:32; McArdle and Anderson 2001, Ecology 82:290.
    """
    check_apart(distances)
    centered = gower_centered(distances)
    sequence = _sequence([columns for _term, columns in model])
    blocks, names = sequence, [term.name for term, _columns in model]
    if by == "margin":
        tested = [i for i, (term, _columns) in enumerate(model) if not _is_inside(term, model)]
        blocks = [_beside(model, i) for i in tested]
        names = [names[i] for i in tested]
    if not sum(block.shape[1] for block in sequence):
        raise NotAnalyzable("The formula explains nothing: each of its terms has one group only.")
    total = float(np.trace(centered))
    df = np.array([block.shape[1] for block in blocks])
    left = len(centered) - 1 - sum(block.shape[1] for block in sequence)
    as_observed = np.arange(len(centered))[None]
    observed, rest = _squares_and_rest(centered, blocks, sequence, as_observed)
    f = _ratios(observed, rest, df, left)[0]
    fs = _ratios(*_squares_and_rest(centered, blocks, sequence, orders), df, left)
    lines = []
    for i, name in enumerate(names):
        can_test = df[i] > 0 and left > 0
        p = p_value(f[i], fs[:, i]) if can_test else None
        ss = float(observed[0, i])
        lines.append(Line(name, int(df[i]), ss, ss / total, float(f[i]) if can_test else None, p))
    lines.append(Line("Residual", left, float(rest[0]), float(rest[0]) / total))
    return [*lines, Line("Total", len(centered) - 1, total, 1.0)]


def _squares_and_rest(
    centered: Array, blocks: Sequence[Array], sequence: Sequence[Array], orders: Orders
) -> tuple[Array, Array]:
    """Sums of squares of the terms, orders × terms, and of the residual of the whole model."""
    if blocks is sequence:
        squares = _squares(centered, blocks, orders)
        explained = squares.sum(axis=1)
    else:
        squares = _squares(centered, [*blocks, np.hstack(sequence)], orders)
        squares, explained = squares[:, :-1], squares[:, -1]
    total = float(np.trace(centered))
    rest = total - explained
    return squares, np.where(rest < _NOTHING * total, 0, rest)


def _ratios(squares: Array, rest: Array, df: NDArray[np.int64], left: int) -> Array:
    """Pseudo-F, orders × terms; infinite where nothing is left for the residual."""
    with np.errstate(divide="ignore", invalid="ignore"):
        residual = rest / left if left else rest * np.nan
        return np.asarray(squares / df / residual[:, None])


def _squares(centered: Array, bases: Sequence[Array], orders: Orders) -> Array:
    """Sums of squares along each basis, for each order of the samples: orders × bases.

    The bases of many orders stand side by side and are multiplied once. The same sum comes from
    putting row i of the basis at place `order[i]` as from moving the distances.
    """
    stacked = np.hstack(bases)
    samples, width = stacked.shape
    if width > _WIDE:
        return _squares_of_moved(centered, bases, orders)
    ends = np.cumsum([basis.shape[1] for basis in bases])
    step = max(1, _CELLS // (samples * width))
    found = np.empty((len(orders), len(bases)))
    for start in range(0, len(orders), step):
        places = np.argsort(orders[start : start + step], axis=1)
        side_by_side = stacked[places.T].reshape(samples, -1)
        sums = np.einsum("ij,ij->j", side_by_side, centered @ side_by_side)
        running = np.cumsum(sums.reshape(len(places), width), axis=1)
        running = np.hstack([np.zeros((len(places), 1)), running])
        found[start : start + step] = running[:, ends] - running[:, np.r_[0, ends[:-1]]]
    return found


def _squares_of_moved(centered: Array, bases: Sequence[Array], orders: Orders) -> Array:
    """The same for a model of many columns, such as one with a term for each patient."""
    projections = np.stack([(basis @ basis.T).ravel() for basis in bases])
    return np.stack([projections @ centered[order][:, order].ravel() for order in orders])


def _sequence(columns: Sequence[Array]) -> list[Array]:
    """An orthonormal basis of what each term adds to the mean and the terms before it."""
    known = np.full((len(columns[0]), 1), len(columns[0]) ** -0.5)
    found = []
    for block in columns:
        added = _added(block, known)
        known = np.hstack([known, added])
        found.append(added)
    return found


def _beside(model: Sequence[tuple[Term, Array]], place: int) -> Array:
    others = [columns for i, (_term, columns) in enumerate(model) if i != place]
    return _sequence([*others, model[place][1]])[-1]


def _added(block: Array, known: Array) -> Array:
    length = np.linalg.norm(block, axis=0)
    rest = block[:, length > 0] / length[length > 0]
    for _again in range(2):  # the second time takes away what rounding left
        rest = rest - known @ (known.T @ rest)
    basis, triangle, _pivot = qr(rest, mode="economic", pivoting=True)
    rank = int((np.abs(triangle.diagonal()) > _DEPENDENT).sum())
    kept = basis[:, :rank]
    return np.asarray(kept - known @ (known.T @ kept))


def _is_inside(term: Term, model: Sequence[tuple[Term, Array]]) -> bool:
    return any(set(term.variables) < set(other.variables) for other, _columns in model)
