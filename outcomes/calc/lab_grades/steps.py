"""The shapes that CTCAE's laboratory criteria have, each as a list of steps, worst grade first."""

from dataclasses import dataclass, replace
from typing import Literal

Compare = Literal["<", "<=", ">", ">="]
Against = Literal["number", "L", "U", "B", "both", "fall"]
Clause = Literal["", "symptoms", "consequences", "anticoagulation", "fasting"]
When = Literal["always", "baseline high", "baseline not high", "baseline low", "baseline not low"]


@dataclass(frozen=True)
class Step:
    """One comparison: `value compare factor × against + plus` gives the grade.

    `against` is a plain number (`factor` itself), a limit of normal (L, U), the baseline (B), both
    U and B at once, or the fall from baseline in percent. A baseline counts as high above U and as
    low below L. A missing limit leaves the grade open, unless the step `is_optional`. A step with
    a `clause` counts only if that holds of the patient, which no number tells.
    """

    grade: int | None
    compare: Compare
    factor: float = 1.0
    against: Against = "number"
    plus: float = 0.0
    when: When = "always"
    is_optional: bool = False
    only_below_l: bool = False
    clause: Clause = ""


Steps = tuple[Step, ...]


def low(grade_2: float, grade_3: float, grade_4: float | None = None) -> Steps:
    """Below L is grade 1, below fixed limits more."""
    return (*fixed("<", {4: grade_4, 3: grade_3, 2: grade_2}), Step(1, "<", 1, "L"))


def high(grade_2: float | None, grade_3: float, grade_4: float) -> Steps:
    """Above U is grade 1, above fixed limits more."""
    return (*fixed(">", {4: grade_4, 3: grade_3, 2: grade_2}), Step(1, ">", 1, "U"))


def fixed(compare: Compare, limits: dict[int, float | None]) -> Steps:
    return tuple(
        Step(grade, compare, limit) for grade, limit in limits.items() if limit is not None
    )


def times_upper(*factors: float) -> Steps:
    """Above U is grade 1, above each factor × U one more."""
    return _times(factors, "U", "always")


def times_upper_or_baseline(
    upper: tuple[float, ...], baseline: tuple[float, ...], *, first: Compare
) -> Steps:
    """Multiples of U, or of the baseline where that was above U already.

    `upper` begins with grade 2, for grade 1 is above U; `baseline` with grade 1, compared by
    `first`.
    """
    of_baseline = [
        Step(grade, first if grade == 1 else ">", factor, "B", when="baseline high")
        for grade, factor in enumerate(baseline, start=1)
    ]
    steps = [*_times(upper, "U", "baseline not high"), *of_baseline]
    return tuple(sorted(steps, key=lambda step: -(step.grade or 0)))


def _times(factors: tuple[float, ...], against: Against, when: When) -> Steps:
    steps = [
        Step(grade, ">", factor, against, when=when)
        for grade, factor in enumerate((1.0, *factors), start=1)
    ]
    return tuple(reversed(steps))


def if_symptoms(*steps: Step) -> Steps:
    return tuple(replace(step, clause="symptoms") for step in steps)


def by_symptoms(threshold: float) -> Steps:
    """Multiples of U of the pancreas' enzymes from 5.0 on: above `threshold` one grade more with
    signs or symptoms."""
    return (
        *if_symptoms(Step(4, ">", 5, "U")),
        Step(3, ">", 5, "U"),
        *if_symptoms(Step(3, ">", threshold, "U")),
        Step(2, ">", 1.5, "U"),
        Step(1, ">", 1, "U"),
    )


def without_baseline(steps: Steps) -> Steps:
    """What is left of the criteria for a value that has no baseline before it: the limits alone,
    as for a baseline within them."""
    of_baseline = ("baseline high", "baseline low")
    return tuple(
        replace(step, when="always", against="U" if step.against == "both" else step.against)
        for step in steps
        if step.against not in ("B", "fall") and step.when not in of_baseline
    )


def scaled(steps: Steps, factor: float) -> Steps:
    """The same criteria in a unit whose numbers are `factor` times as large."""
    return tuple(
        Step(**{**vars(step), "factor": step.factor * factor})
        if step.against == "number"
        else Step(**{**vars(step), "plus": step.plus * factor})
        for step in steps
    )
