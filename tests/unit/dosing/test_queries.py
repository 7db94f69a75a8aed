from datetime import date
from decimal import Decimal

import pytest

from dosing.models import CapsuleCourse, DailyDose
from dosing.models.background import drugs_of
from dosing.queries import course_exposures, planned_dose_mg
from enrollment.models import VitalSigns


@pytest.fixture
def weigh(make_visit, save):
    def weigh_on(patient, day, weight_kg, cycle):
        visit = make_visit(patient, key=f"C{cycle}", on=day, cycle=cycle)
        save(VitalSigns(patient=patient, visit=visit, weight_kg=weight_kg))
        return visit

    return weigh_on


def dose_mg(patient, number=0):
    return planned_dose_mg(patient, drugs_of(patient)[number])


@pytest.mark.parametrize(
    ("weight_kg", "expected"), [("60.0", 8), ("60.1", 12)], ids=["at 60 kg", "just above"]
)
def test_dose_follows_body_weight(patient, weigh, weight_kg, expected):
    weigh(patient, date(2026, 1, 5), Decimal(weight_kg), 1)
    assert dose_mg(patient) == expected


def test_dose_without_a_weight_or_a_band_is_unknown(patient, weigh):
    assert dose_mg(patient) is None
    weigh(patient, date(2026, 1, 5), Decimal(70), 1)
    assert dose_mg(patient, 1) is None


def test_dose_keeps_to_the_weight_of_the_first_day(patient, weigh, save):
    first = weigh(patient, date(2026, 1, 6), Decimal(59), 1)
    weigh(patient, date(2026, 2, 6), Decimal(70), 2)
    assert dose_mg(patient) == 12
    save(CapsuleCourse(patient=patient, visit=first, started_on=date(2026, 1, 6)))
    assert dose_mg(patient) == 8


def take(patient, visit, save, *taken, **values):
    record = CapsuleCourse(patient=patient, visit=visit, started_on=visit.actual_date, **values)
    rows = [DailyDose(day=day, capsules_taken=n) for day, n in enumerate(taken, start=1)]
    return save(record, rows)


def exposure():
    return course_exposures(CapsuleCourse.objects.all())


def test_compliance_is_taken_in_percent_of_due(patient, visit, save):
    take(patient, visit, save, *[6] * 5, *[3] * 5)
    [course] = exposure()
    assert (course.capsules_due, course.capsules_taken) == (60, 45)
    assert course.compliance.pct == 75


def test_a_day_without_a_count_leaves_compliance_unknown(patient, visit, save):
    take(patient, visit, save, *[6] * 9, None)
    [course] = exposure()
    assert (course.days_unknown, course.compliance.pct) == (1, None)


def test_a_closed_gate_leaves_only_the_first_day_due(patient, visit, save):
    take(patient, visit, save, 6, *[0] * 9, is_rest_released="N")
    [course] = exposure()
    assert (course.capsules_due, course.compliance.pct) == (6, 100)


def test_queries_do_not_grow_with_patients(
    make_patient, make_visit, save, django_assert_num_queries
):
    for _ in range(3):
        patient = make_patient()
        take(patient, make_visit(patient), save, 6)
    with django_assert_num_queries(2):
        assert len(exposure()) == 3
