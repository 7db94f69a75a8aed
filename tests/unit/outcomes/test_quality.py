"""Data-quality checks about scans, events, samples, survival and death, each on both sides."""

from datetime import date, timedelta

import pytest

from dosing.models import DailyDose
from enrollment.models import Consent
from enrollment.quality import Scope
from enrollment.quality.run import run_checks
from outcomes.models import AdverseEvent, Death, Lesion, LesionMeasurement, TumorAssessment
from tests.factories import LATER, save_form

DIED_ON = date(2026, 3, 10)
EVENT = {"term": "Diarrhea", "grade": 2, "is_ongoing": "Y", "is_serious": "N"}


def found(patient, code):
    run = run_checks(Scope(patient.trial, LATER), only={code})
    return [(place.form, place.field) for _code, place in run]


@pytest.fixture
def death(patient, coordinator):
    return save_form(
        "death", patient, by=coordinator, died_on=DIED_ON.isoformat(), cause="progression"
    )


def both_sides(right, wrong):
    return pytest.mark.parametrize(
        ("day", "is_wrong"), [pytest.param(right, False), pytest.param(wrong, True)]
    )


@both_sides(date(2026, 1, 6), date(2026, 1, 5))
def test_scan_before_the_consent_is_looked_at(patient, visit, coordinator, day, is_wrong):
    Consent.objects.update(signed_on=date(2026, 1, 6))
    save_form("tumor-assessment", visit, by=coordinator, scanned_on=day, is_baseline="Y")
    assert found(patient, "DQ-030") == [("tumor-assessment", "scanned_on")] * is_wrong


@both_sides("2026-01-06", "2026-01-05")
def test_event_before_the_consent_is_history(patient, coordinator, day, is_wrong):
    Consent.objects.update(signed_on=date(2026, 1, 6))
    save_form("adverse-events", patient, by=coordinator, started_on=day, **EVENT)
    assert found(patient, "DQ-031") == [("adverse-events", "started_on")] * is_wrong


def test_event_of_the_month_of_the_consent_may_have_come_after_it(patient, coordinator):
    Consent.objects.update(signed_on=date(2026, 1, 6))
    save_form("adverse-events", patient, by=coordinator, started_on="2026-01", **EVENT)
    assert found(patient, "DQ-031") == []


@both_sides("2026-03-10", "2026-03-11")
def test_event_after_death_cannot_be(patient, death, coordinator, day, is_wrong):
    save_form("adverse-events", patient, by=coordinator, started_on=day, **EVENT)
    assert found(patient, "DQ-032") == [("adverse-events", "started_on")] * is_wrong


def test_death_of_which_only_the_month_is_known_may_be_its_last_day(patient, death, coordinator):
    save_form("adverse-events", patient, by=coordinator, started_on="2026-03-31", **EVENT)
    assert found(patient, "DQ-032") != []
    Death.objects.update(died_on="2026-03")
    assert found(patient, "DQ-032") == []


@pytest.mark.parametrize(
    ("slug", "field"), [("tumor-assessment", "scanned_on"), ("laboratory", "sampled_on")]
)
@both_sides(DIED_ON, DIED_ON + timedelta(days=1))
def test_scan_or_sample_after_death_cannot_be(
    patient, death, visit, coordinator, slug, field, day, is_wrong
):
    save_form(slug, visit, by=coordinator, **{field: day})
    assert found(patient, "DQ-033") == [(slug, field)] * is_wrong


@both_sides(DIED_ON - timedelta(days=1), DIED_ON)
def test_dose_after_death_cannot_be(patient, death, visit, coordinator, day, is_wrong):
    """The capsules of the second day are the last ones."""
    rows = [DailyDose(day=number, capsules_taken=6) for number in (1, 2)]
    save_form("capsule-course", visit, by=coordinator, rows=rows, started_on=day)
    assert found(patient, "DQ-034") == [("capsule-course", "started_on")] * is_wrong


def test_whoever_is_said_to_be_dead_needs_the_form_about_the_death(patient, visit, coordinator):
    save_form("survival-status", visit, by=coordinator, status="dead", status_on=DIED_ON)
    save_form("end-of-study", patient, by=coordinator, ended_on=DIED_ON, reason="death")
    assert set(found(patient, "DQ-035")) == {
        ("survival-status", "status"),
        ("end-of-study", "reason"),
    }
    save_form("death", patient, by=coordinator, died_on="2026-03-10", cause="other")
    assert found(patient, "DQ-035") == []


@both_sides(DIED_ON, DIED_ON + timedelta(days=1))
def test_nobody_is_alive_after_the_date_of_death(patient, death, visit, coordinator, day, is_wrong):
    save_form("survival-status", visit, by=coordinator, status="alive", status_on=day)
    assert found(patient, "DQ-036") == [("survival-status", "status_on")] * is_wrong


@pytest.mark.parametrize(
    ("values", "is_wrong"),
    [
        ({"grade": 4, "outcome": "recovering"}, False),
        ({"grade": 5, "outcome": "fatal"}, True),
        ({"grade": 4, "outcome": "fatal"}, True),
    ],
)
def test_fatal_event_needs_the_form_about_the_death(patient, coordinator, values, is_wrong):
    event = save_form("adverse-events", patient, by=coordinator, started_on="2026-03", **EVENT)
    AdverseEvent.objects.filter(pk=event.pk).update(**values)
    assert found(patient, "DQ-037") == [("adverse-events", "grade")] * is_wrong
    save_form("death", patient, by=coordinator, died_on="2026-03-10", cause="adverse-event")
    assert found(patient, "DQ-037") == []


def test_new_lesion_is_as_old_as_its_first_scan(patient, visit, coordinator):
    seen_on = date(2026, 2, 17)
    lesion = save_form(
        "lesions",
        patient,
        by=coordinator,
        number=1,
        kind="new",
        organ="liver",
        is_node="N",
        first_seen_on=seen_on,
    )
    scan = save_form("tumor-assessment", visit, by=coordinator, scanned_on=seen_on)
    LesionMeasurement.objects.create(record=scan, lesion=lesion, row_number=1, status="present")
    assert found(patient, "DQ-038") == []
    TumorAssessment.objects.update(scanned_on=seen_on - timedelta(days=1))
    assert found(patient, "DQ-038") == [("lesions", "first_seen_on")]
    Lesion.objects.update(kind="target")
    assert found(patient, "DQ-038") == []
