"""Which numbers are far from the rest, by median and median absolute deviation.

Unlike mean and standard deviation, neither is moved by the outliers that are looked for.

Source: Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers, chapter 3.
"""

from collections.abc import Sequence
from math import exp, log
from statistics import median

FEWEST_VALUES = 20
"""Among fewer, a spread says little."""

MOST_DEVIATIONS = 5.0
"""Robust standard deviations; the source's 3.5 names too many in skewed laboratory values."""

TO_STANDARD_DEVIATION = 1.4826
"""Makes the median absolute deviation of normal values their standard deviation."""


def robust_limits(values: Sequence[float]) -> tuple[float, float] | None:
    """The lowest and highest value that is not far from the rest.

    Where all values are above 0 the distance is taken on the logarithm, for laboratory values
    are skewed. None for few values, or when more than half of them are equal.
    """
    if len(values) < FEWEST_VALUES:
        return None
    is_positive = min(values) > 0
    scaled = [log(value) for value in values] if is_positive else list(values)
    center = median(scaled)
    deviation = TO_STANDARD_DEVIATION * median(abs(value - center) for value in scaled)
    if deviation == 0:
        return None
    low, high = center - MOST_DEVIATIONS * deviation, center + MOST_DEVIATIONS * deviation
    return (exp(low), exp(high)) if is_positive else (low, high)
