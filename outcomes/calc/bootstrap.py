"""Intervals where no closed form is at hand, by drawing from the data again.

Efron 1979, Ann Stat 7:1; the percentile interval of Efron and Tibshirani 1993, An Introduction to
the Bootstrap, chapter 13. The generator is NumPy's frozen one, so that a seed gives the same limits
with every release.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Statistic = Callable[[npt.NDArray[np.int64]], Floats]

DRAWS = 2000
METHOD = f"percentile bootstrap, {DRAWS} draws"
_CELLS = 1_000_000
"""Drawn at once, so that memory stays small whatever the number of patients."""

_TOLERANCE = 1e-9


def bootstrap_limits(
    n: int, statistic: Statistic, *, seed: int, confidence_level: float = 0.95
) -> tuple[float | None, float | None]:
    """Limits of a statistic of `n` patients; None for both where fewer than two can be drawn.

    `statistic` takes one row of patients' positions for each draw and gives a value for each row;
    infinity is a value that was not reached, and a limit that is one is None.
    """
    if n < 2:
        return None, None
    source = np.random.RandomState(seed % 2**32)
    at_once = max(1, _CELLS // n)
    values = np.concatenate(
        [
            statistic(source.randint(0, n, size=(min(at_once, DRAWS - done), n)))
            for done in range(0, DRAWS, at_once)
        ]
    )
    ordered = np.sort(values)
    tail = (1 - confidence_level) / 2
    return _value_at(ordered, tail), _value_at(ordered, 1 - tail)


def median_limits(
    values: npt.ArrayLike, *, seed: int, confidence_level: float = 0.95
) -> tuple[float | None, float | None]:
    """Limits of the median of times without censoring; the order of `values` does not matter."""
    ordered = np.sort(np.asarray(values, dtype=float))
    return bootstrap_limits(
        len(ordered),
        lambda drawn: np.median(ordered[drawn], axis=1),
        seed=seed,
        confidence_level=confidence_level,
    )


def median_difference_limits(
    first: tuple[npt.ArrayLike, npt.ArrayLike],
    second: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    seed: int,
    confidence_level: float = 0.95,
) -> tuple[float | None, float | None]:
    """Limits of the first group's Kaplan-Meier median less the second's, drawn within each group.

    Each group is (times, events); None where a median is not reached in too many of the draws.
    """
    curves = [_sorted(*group) for group in (first, second)]
    if min(len(times) for times, _ in curves) < 2:
        return None, None
    source = np.random.RandomState(seed % 2**32)
    medians = [_drawn_medians(times, event, source) for times, event in curves]
    with np.errstate(invalid="ignore"):
        differences = medians[0] - medians[1]
    # Neither of the two was reached: the draw says nothing, so it stands at both ends.
    unknown = np.isnan(differences)
    low, high = (np.sort(np.where(unknown, end, differences)) for end in (-np.inf, np.inf))
    tail = (1 - confidence_level) / 2
    return _value_at(low, tail), _value_at(high, 1 - tail)


def _sorted(times: npt.ArrayLike, event: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.float64]]:
    time, happened = np.asarray(times, dtype=float), np.asarray(event, dtype=float)
    order = np.lexsort((happened, time))
    return time[order], happened[order]


def _drawn_medians(time: Floats, event: Floats, source: np.random.RandomState) -> Floats:
    """The Kaplan-Meier median of each draw; infinity where it is not reached."""
    n = len(time)
    at_once = max(1, _CELLS // n)
    moments, starts = np.unique(time, return_index=True)
    found = []
    for done in range(0, DRAWS, at_once):
        rows = min(at_once, DRAWS - done)
        drawn = source.randint(0, n, size=(rows, n)) + n * np.arange(rows)[:, None]
        weight = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        total = np.add.reduceat(weight, starts, axis=1)
        deaths = np.add.reduceat(weight * event, starts, axis=1)
        at_risk = total[:, ::-1].cumsum(axis=1)[:, ::-1]
        surv = np.cumprod(1 - deaths / np.maximum(at_risk, 1), axis=1)
        found.append(_medians(moments, surv))
    return np.concatenate(found)


def _medians(moments: Floats, surv: Floats) -> Floats:
    """As `survival.kaplan_meier` reads a curve, for each row: the middle of a flat piece at 0.5."""
    later = np.append(moments, np.inf)
    at_half = later[_first(surv <= 0.5 + _TOLERANCE)]
    below = later[_first(surv < 0.5 - _TOLERANCE)]
    return (at_half + below) / 2


def _first(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Of each row the first place of the mask, or the number of columns."""
    return np.where(mask.any(axis=1), mask.argmax(axis=1), mask.shape[1])


def _value_at(ordered: Floats, share: float) -> float | None:
    """The value below which that share of the draws lies, between two neighbors by their middle."""
    place = share * (len(ordered) - 1)
    below, above = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    if not np.isfinite(below) or not np.isfinite(above):
        return None
    return float(below + (above - below) * (place - np.floor(place)))
