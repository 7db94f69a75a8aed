"""The samples of one patient, each value graded against limits and baseline.

The rules are those of the night's table (`outcomes.calc.snapshot.laboratory_grades`); this is their
form for a page and for the data-quality checks, without pandas.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from outcomes.calc.lab_grades.evaluate import Numbers
from outcomes.calc.lab_grades.panel import CORRECTED_CALCIUM, TESTS, Graded, criteria_of, grade
from outcomes.calc.normal_limits import NormalRange
from outcomes.calc.scores import corrected_calcium_mmol_l

RangeOf = Callable[[str, date], NormalRange | None]
"""The limits of a test (by the name of its limits) that hold on a day for the patient."""
TYPED = tuple(name for name in TESTS if name != CORRECTED_CALCIUM)
READ = tuple(sorted({*TYPED, "calcium_mmol_l"}))
"""Fields of the form that the values come from."""


@dataclass(frozen=True)
class Sample:
    """What one laboratory form says. `key` is whatever the caller knows it by."""

    key: int
    day: date
    values: Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Baseline:
    value: Decimal
    day: date


@dataclass(frozen=True)
class GradedValue:
    """One test of one sample. `grades` has one entry for each direction that the version grades."""

    sample: Sample
    test: str
    value: Decimal
    limits: NormalRange | None
    baseline: Baseline | None
    is_before_treatment: bool
    grades: tuple[Graded, ...]
    baseline_grades: tuple[Graded | None, ...]
    """Of the baseline in the same directions; None without one."""


def gradable_values(values: Mapping[str, Decimal | None]) -> Iterator[tuple[str, Decimal]]:
    """Test and value of what was entered, calcium corrected where the albumin is known."""
    for name in TYPED:
        value = values.get(name)
        if value is not None:
            yield name, value
    calcium, albumin = values.get("calcium_mmol_l"), values.get("albumin_g_l")
    if calcium is not None and albumin is not None:
        corrected = corrected_calcium_mmol_l(calcium_mmol_l=calcium, albumin_g_l=albumin)
        yield CORRECTED_CALCIUM, corrected


def grade_samples(
    samples: Sequence[Sample], *, version: str, first_dose_on: date | None, range_of: RangeOf
) -> Iterator[GradedValue]:
    """Every gradable value in the order given. Samples stand by day; of two on the day of the
    baseline, the later one is it.
    """
    baselines = _baselines(samples, first_dose_on)
    for sample in samples:
        is_before = first_dose_on is None or sample.day <= first_dose_on
        for test, value in gradable_values(sample.values):
            criteria = criteria_of(version, test)
            if not criteria:
                continue
            baseline = baselines.get(test)
            limits = range_of(TESTS[test].limits_name, sample.day)
            numbers = _numbers(value, limits, baseline)
            yield GradedValue(
                sample,
                test,
                value,
                limits,
                baseline,
                is_before,
                tuple(grade(one, numbers, is_before_treatment=is_before) for one in criteria),
                _baseline_grades(version, test, baseline, range_of),
            )


def _baselines(samples: Sequence[Sample], first_dose_on: date | None) -> dict[str, Baseline]:
    """By test, the last value up to the day of the first dose."""
    if first_dose_on is None:
        return {}
    return {
        test: Baseline(value, sample.day)
        for sample in samples
        if sample.day <= first_dose_on
        for test, value in gradable_values(sample.values)
    }


def _baseline_grades(
    version: str, test: str, baseline: Baseline | None, range_of: RangeOf
) -> tuple[Graded | None, ...]:
    criteria = criteria_of(version, test)
    if baseline is None:
        return tuple(None for _one in criteria)
    limits = range_of(TESTS[test].limits_name, baseline.day)
    numbers = _numbers(baseline.value, limits, None)
    return tuple(grade(one, numbers, is_before_treatment=True) for one in criteria)


def _numbers(value: Decimal, limits: NormalRange | None, baseline: Baseline | None) -> Numbers:
    low, high = (limits.low, limits.high) if limits is not None else (None, None)
    return Numbers(
        float(value),
        None if low is None else float(low),
        None if high is None else float(high),
        None if baseline is None else float(baseline.value),
    )
