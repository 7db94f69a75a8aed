"""One patient's samples: the same grades as the night's table, and the events they ask for."""

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from core.calc.partial_date import PartialDate
from outcomes.calc.emergence import TreatmentPeriod
from outcomes.calc.lab_grades.events import LoggedEvent, proposals
from outcomes.calc.lab_grades.panel import CORRECTED_CALCIUM
from outcomes.calc.lab_grades.patient import Sample, grade_samples
from outcomes.calc.normal_limits import NormalRange
from outcomes.calc.snapshot.laboratory_grades import grade_laboratory

FIRST_DOSE = date(2026, 3, 10)
LIMITS = {"alt_u_l": (None, 40), "sodium_mmol_l": (135, 145), "calcium_mmol_l": (2.1, 2.5)}


def limits(test, day):
    if test not in LIMITS:
        return None
    low, high = (None if one is None else Decimal(str(one)) for one in LIMITS[test])
    return NormalRange(test, date(2020, 1, 1), low, high)


def graded(*samples, first_dose=FIRST_DOSE, version="5.0"):
    """Samples are a day of March 2026 and the values."""
    made = [
        Sample(day, date(2026, 3, day), {name: Decimal(str(one)) for name, one in values.items()})
        for day, values in samples
    ]
    return list(grade_samples(made, version=version, first_dose_on=first_dose, range_of=limits))


def asked(*samples, at_least=3, for_certain=True, **options):
    return [
        (found.value.sample.key, found.term, found.grade)
        for value in graded(*samples, **options)
        for found in proposals(value, at_least=at_least, for_certain=for_certain)
    ]


@pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
def test_grades_are_those_of_the_night(version):
    days = [(1, 50), (10, 90), (11, 136), (20, 500)]
    here = [
        value.grades[0].worst
        for value in graded(*[(day, {"alt_u_l": alt}) for day, alt in days], version=version)
    ]
    table = pd.DataFrame(
        [(0, "", f"2026-03-{day:02}", "alt_u_l", float(alt), None, 40.0) for day, alt in days],
        columns=["subject", "visit", "sampled_on", "test", "value", "low", "high"],
    ).assign(sampled_on=lambda rows: pd.to_datetime(rows["sampled_on"]))
    night = grade_laboratory(table, {0: TreatmentPeriod(FIRST_DOSE)}, version=version)
    assert here == night["grade_high"].tolist()


def test_calcium_is_corrected_and_without_albumin_not_graded():
    [low] = graded((11, {"calcium_mmol_l": "1.9", "albumin_g_l": 30}))[1:]
    assert (low.test, low.value) == (CORRECTED_CALCIUM, Decimal("2.10"))
    assert [one.worst for one in low.grades] == [0, 0]
    assert graded((11, {"calcium_mmol_l": "1.9"})) == []


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([(11, {"alt_u_l": 200})], [], id="5 times the limit is grade 2"),
        pytest.param(
            [(11, {"alt_u_l": 201})],
            [(11, "Alanine aminotransferase increased", 3)],
            id="above it is 3",
        ),
        pytest.param([(10, {"alt_u_l": 201})], [], id="on the day of the first dose"),
        pytest.param(
            [(1, {"alt_u_l": 210}), (11, {"alt_u_l": 1100})], [], id="no worse than before"
        ),
        pytest.param(
            [(1, {"alt_u_l": 150}), (11, {"alt_u_l": 760})],
            [(11, "Alanine aminotransferase increased", 3)],
            id="worse than before, by the high baseline",
        ),
    ],
)
def test_abnormality_under_treatment_that_is_new_asks_for_an_event(samples, expected):
    assert asked(*samples) == expected


def test_range_asks_on_the_form_but_is_no_certain_finding():
    sample = (11, {"sodium_mmol_l": 128})
    assert asked(sample, for_certain=True) == []
    assert asked(sample, for_certain=False) == [(11, "Hyponatremia", 2)]
    assert asked(sample, for_certain=True, at_least=2) == [(11, "Hyponatremia", 2)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param(("Hyponatremia", 4, "2026-03-11", None), True, id="that day"),
        pytest.param(("Hyponatremia", 4, "2026-03-12", None), False, id="day after"),
        pytest.param(("Hyponatremia", 4, "2026-03", None), True, id="month"),
        pytest.param(("Hyponatremia", 4, None, None), True, id="onset unknown"),
        pytest.param(("Hyponatremia", 3, "2026-03-11", None), False, id="lower grade"),
        pytest.param(("Hypernatremia", 4, "2026-03-11", None), False, id="another term"),
        pytest.param(("Hyponatremia", 4, "2026-03-01", "2026-03-11"), True, id="ended that day"),
        pytest.param(("Hyponatremia", 4, "2026-03-01", "2026-03-10"), False, id="ended before"),
    ],
)
def test_event_of_the_log_answers_for_the_abnormality(event, expected):
    term, grade, *dates = event
    logged = LoggedEvent(term, grade, *(PartialDate(text) if text else None for text in dates))
    [value] = graded((11, {"sodium_mmol_l": 119}))
    [proposal] = proposals(value, at_least=3, for_certain=True)
    assert proposal.is_logged([logged]) is expected
