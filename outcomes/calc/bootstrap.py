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


def _value_at(ordered: Floats, share: float) -> float | None:
    """The value below which that share of the draws lies, between two neighbors by their middle."""
    place = share * (len(ordered) - 1)
    below, above = ordered[int(np.floor(place))], ordered[int(np.ceil(place))]
    if not np.isfinite(below) or not np.isfinite(above):
        return None
    return float(below + (above - below) * (place - np.floor(place)))
