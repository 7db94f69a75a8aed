"""Intervals for a proportion, each naming its method.

Clopper and Pearson 1934, Biometrika 26:404; Wilson 1927, J Am Stat Assoc 22:209.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from scipy.stats import binomtest


@dataclass(frozen=True)
class Proportion:
    """A share of `n` with its limits; all None where `n` is 0."""

    method: str
    confidence_level: float
    successes: int
    n: int
    estimate: float | None
    lower: float | None
    upper: float | None

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def clopper_pearson(successes: int, n: int, *, confidence_level: float = 0.95) -> Proportion:
    """The exact interval.

    Raises:
        ValueError: not 0 <= successes <= n.
    """
    return _proportion(successes, n, confidence_level, "Clopper-Pearson", "exact")


def wilson(successes: int, n: int, *, confidence_level: float = 0.95) -> Proportion:
    """The score interval, without continuity correction.

    Raises:
        ValueError: not 0 <= successes <= n.
    """
    return _proportion(successes, n, confidence_level, "Wilson", "wilson")


def _proportion(
    successes: int,
    n: int,
    confidence_level: float,
    name: str,
    method: Literal["exact", "wilson"],
) -> Proportion:
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} of {n} is no proportion.")
    if n == 0:
        return Proportion(name, confidence_level, 0, 0, None, None, None)
    limits = binomtest(successes, n).proportion_ci(confidence_level, method)
    return Proportion(
        name, confidence_level, successes, n, successes / n, float(limits.low), float(limits.high)
    )
