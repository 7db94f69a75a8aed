"""One value against the criteria of its term. Light enough for a page: no pandas, no NumPy."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from outcomes.calc.lab_grades.steps import Clause, Step, Steps

Number = float | None

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LIMITS = {"L": "low", "U": "high", "B": "baseline"}


@dataclass(frozen=True)
class Numbers:
    """A value, its limits of normal and its baseline in the unit of the criteria; None if unknown.

    Both sides of a comparison are rounded to 15 significant digits, as the reference program does,
    so that 3 × 1.1 is 3.3.
    """

    value: Number
    low: Number = None
    high: Number = None
    baseline: Number = None

    def of(self, name: str) -> Number:
        number: Number = getattr(self, name)
        return None if number is None or math.isnan(number) else number


@dataclass(frozen=True)
class Grade:
    """0 is no abnormality. `clause`: what the grade rests on beyond the number; empty: nothing."""

    grade: int
    clause: Clause = ""


def worst_grade(steps: Steps, numbers: Numbers) -> Grade | None:
    """The grade if every clinical clause holds; None where it cannot be told.

    The first step that holds decides, whatever is unknown above it. Where none does, an unknown
    one leaves the grade open.
    """
    value = numbers.of("value")
    if value is None:
        return None
    is_unsure = False
    for step in steps:
        holds = _holds(step, value, numbers)
        if holds:
            return None if step.grade is None else Grade(step.grade, step.clause)
        is_unsure |= holds is None
    return None if is_unsure else Grade(0)


def least_grade(steps: Steps, numbers: Numbers) -> Grade | None:
    """The grade if no clinical clause holds."""
    return worst_grade(tuple(step for step in steps if not step.clause), numbers)


def rounded(number: float) -> float:
    return float(f"{number:.15g}")


def _holds(step: Step, value: float, numbers: Numbers) -> bool | None:
    """None where a missing limit leaves it open."""
    if not _applies(step, value, numbers):
        return False
    if step.against == "both":
        answers = [_against(step, value, numbers.of(name)) for name in ("high", "baseline")]
        return False if False in answers else None if None in answers else True
    holds = _compared(step, value, numbers)
    return False if holds is None and step.is_optional else holds


def _compared(step: Step, value: float, numbers: Numbers) -> bool | None:
    if step.against == "number":
        return _COMPARE[step.compare](rounded(value), rounded(step.factor))
    if step.against == "fall":
        baseline = numbers.of("baseline")
        if not baseline:
            return None
        return _COMPARE[step.compare](rounded(100 * (value - baseline) / baseline), step.factor)
    return _against(step, value, numbers.of(_LIMITS[step.against]))


def _against(step: Step, value: float, limit: Number) -> bool | None:
    if limit is None:
        return None
    return _COMPARE[step.compare](rounded(value), rounded(step.factor * limit + step.plus))


def _applies(step: Step, value: float, numbers: Numbers) -> bool:
    """A baseline or limit that is unknown makes no baseline high or low."""
    low, high, baseline = (numbers.of(name) for name in ("low", "high", "baseline"))
    if step.only_below_l and not (low is not None and rounded(value) < rounded(low)):
        return False
    if step.when == "always":
        return True
    is_high = baseline is not None and high is not None and rounded(baseline) > rounded(high)
    is_low = baseline is not None and low is not None and rounded(baseline) < rounded(low)
    side = is_high if step.when.endswith("high") else is_low
    return side is not ("not" in step.when)
