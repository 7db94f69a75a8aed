"""Data-quality checks about capsules, each on both sides."""

from datetime import date, timedelta

import pytest

from dosing.models import CapsuleCourse, DailyDose
from enrollment.models import Consent
from enrollment.quality import Scope
from enrollment.quality.run import run_checks
from tests.factories import LATER, save_form

STARTED_ON = date(2026, 1, 6)


@pytest.fixture
def course(visit, coordinator):
    """Six capsules on each of two days, of twelve."""
    return save_form(
        "capsule-course",
        visit,
        by=coordinator,
        rows=[DailyDose(day=day, capsules_taken=6) for day in (1, 2)],
        started_on=STARTED_ON,
        dispensed_capsules=14,
        returned_capsules=2,
    )


def found(patient, code):
    run = run_checks(Scope(patient.trial, LATER), only={code})
    return [(place.form, place.field) for _code, place in run]


def test_capsules_add_up_with_those_lost(course, patient):
    assert found(patient, "DQ-020") == []
    CapsuleCourse.objects.update(dispensed_capsules=15)
    assert found(patient, "DQ-020") == [("capsule-course", "returned_capsules")]
    CapsuleCourse.objects.update(lost_capsules=1)
    assert found(patient, "DQ-020") == []


def test_capsules_of_an_unknown_day_are_not_counted(course, patient):
    DailyDose.objects.filter(day=2).update(capsules_taken=None)
    assert found(patient, "DQ-020") == []


@pytest.mark.parametrize(("days", "is_wrong"), [(1, False), (0, True)])
def test_last_dose_is_the_last_day_with_capsules(course, patient, coordinator, days, is_wrong):
    """Day 2 is the last day on which a capsule was taken."""
    last = STARTED_ON + timedelta(days=days)
    save_form(
        "end-of-treatment",
        patient,
        by=coordinator,
        last_dose_on=last,
        ended_on=last,
        reason="completed",
    )
    assert bool(found(patient, "DQ-021")) is is_wrong


def test_day_without_capsules_is_no_dose(course, patient, coordinator):
    save_form(
        "end-of-treatment",
        patient,
        by=coordinator,
        last_dose_on=STARTED_ON,
        ended_on=STARTED_ON,
        reason="completed",
    )
    DailyDose.objects.filter(day=2).update(capsules_taken=0)
    assert found(patient, "DQ-021") == []


@pytest.mark.parametrize(("days", "is_wrong"), [(0, False), (1, True)])
def test_course_does_not_begin_before_the_consent(course, patient, days, is_wrong):
    Consent.objects.update(signed_on=STARTED_ON + timedelta(days=days))
    assert bool(found(patient, "DQ-022")) is is_wrong


def test_course_without_any_consent_is_found(course, patient):
    Consent.objects.all().delete()
    assert found(patient, "DQ-022") == [("capsule-course", "started_on")]
