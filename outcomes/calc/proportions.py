"""Intervals for a proportion and for the difference of two, each naming its method.

Clopper and Pearson 1934, Biometrika 26:404; Wilson 1927, J Am Stat Assoc 22:209; Newcombe 1998,
Stat Med 17:873, method 10.
"""

from dataclasses import asdict, dataclass
from math import sqrt
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


@dataclass(frozen=True)
class ProportionDifference:
    """One share less another with its limits; all None where one of the two is of nobody."""

    method: str
    confidence_level: float
    estimate: float | None
    lower: float | None
    upper: float | None


def newcombe(first: Proportion, second: Proportion) -> ProportionDifference:
    """The hybrid score interval; both come from `wilson` at one level.

    Raises:
        ValueError: an interval is not Wilson's, or the levels differ.
    """
    levels = {first.confidence_level, second.confidence_level}
    if {first.method, second.method} != {"Wilson"} or len(levels) != 1:
        raise ValueError("Give two Wilson intervals of one confidence level.")
    name = "Newcombe hybrid score"
    limits = (first.estimate, first.lower, first.upper, second.estimate, second.lower, second.upper)
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits):
        return ProportionDifference(name, first.confidence_level, None, None, None)
    p1, lower1, upper1, p2, lower2, upper2 = known
    return ProportionDifference(
        name,
        first.confidence_level,
        p1 - p2,
        p1 - p2 - sqrt((p1 - lower1) ** 2 + (upper2 - p2) ** 2),
        p1 - p2 + sqrt((upper1 - p1) ** 2 + (p2 - lower2) ** 2),
    )


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
