from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions import enroll_patient, record_consent
from enrollment.calc.numbering import is_valid
from enrollment.models import Patient, Visit
from tests.factories import (
    ENROLLED_ON,
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    make_trial,
)

SIGNED_ON = date(2026, 1, 3)


def sign(patient, by):
    record_consent(patient, by=by, version="1.0", signed_on=SIGNED_ON, today=ENROLLED_ON)


def test_enrollment_issues_a_number_and_lays_out_the_visits(screened, coordinator):
    sign(screened, coordinator)
    patient = enroll_patient(screened, by=coordinator, on=ENROLLED_ON)
    assert patient.number.startswith("S01-001-")
    assert is_valid(patient.number)
    assert patient.enrolled_on == ENROLLED_ON
    planned = Visit.objects.filter(patient=patient).order_by("position")
    assert list(planned.values_list("key", "target_date")) == [
        ("screening", date(2025, 12, 29)),
        ("C1D1", date(2026, 1, 8)),
        ("scan", date(2026, 2, 19)),
    ]


def test_enrollment_is_the_person_s_in_the_trail(screened, coordinator):
    sign(screened, coordinator)
    patient = enroll_patient(screened, by=coordinator, on=ENROLLED_ON)
    entry = AuditEntry.objects.of_row(patient).last()
    assert (entry.action, entry.actor_id) == ("update", coordinator.pk)
    assert entry.changes == {
        "number": [None, patient.number],
        "enrolled_on": [None, "2026-01-05"],
    }


def test_patient_who_is_not_eligible_is_refused(trial, coordinator):
    patient = make_screened_patient(trial, by=coordinator, failing=["I01"])
    sign(patient, coordinator)
    with pytest.raises(Refused, match="does not meet all criteria"):
        enroll_patient(patient, by=coordinator, on=ENROLLED_ON)


def test_patient_without_consent_is_refused(screened, coordinator):
    with pytest.raises(Refused, match="Record the signed consent"):
        enroll_patient(screened, by=coordinator, on=ENROLLED_ON)
    screened.refresh_from_db()
    assert screened.number is None


def test_day_of_the_consent_is_the_first_day_to_enroll(screened, coordinator):
    sign(screened, coordinator)
    with pytest.raises(Refused, match="not before the consent"):
        enroll_patient(screened, by=coordinator, on=SIGNED_ON - timedelta(days=1))
    assert enroll_patient(screened, by=coordinator, on=SIGNED_ON).enrolled_on == SIGNED_ON


def test_day_of_the_screening_is_the_first_day_to_enroll(trial, coordinator):
    patient = make_screened_patient(trial, by=coordinator, screened_on=date(2026, 1, 4))
    sign(patient, coordinator)
    with pytest.raises(Refused, match="not before the day of screening"):
        enroll_patient(patient, by=coordinator, on=date(2026, 1, 3))
    enroll_patient(patient, by=coordinator, on=date(2026, 1, 4))


def test_enrolling_twice_is_refused_and_the_number_stays(patient, coordinator):
    number = patient.number
    with pytest.raises(Refused, match="enrolled already"):
        enroll_patient(patient, by=coordinator, on=ENROLLED_ON)
    patient.refresh_from_db()
    assert patient.number == number


def test_numbers_count_up_at_each_site(trial, coordinator):
    numbers = [
        make_enrolled_patient(trial, site=site, by=coordinator).number
        for site in ("01", "02", "01", "02", "01")
    ]
    stems = [number.rpartition("-")[0] for number in numbers]
    assert stems == ["S01-001", "S02-001", "S01-002", "S02-002", "S01-003"]
    assert all(is_valid(number) for number in numbers)


def test_screen_failure_takes_no_patient_number(trial, coordinator):
    make_screened_patient(trial, by=coordinator, failing=["E01"])
    assert make_enrolled_patient(trial, by=coordinator).number.startswith("S01-001-")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"number": "S01-001-01"}, id="number without enrollment"),
        pytest.param({"enrolled_on": ENROLLED_ON}, id="enrollment without number"),
        pytest.param(
            {"number": "S01-001-01", "enrolled_on": ENROLLED_ON, "is_eligible": False,
             "ineligible_because": "I01"},
            id="enrolled and not eligible",
        ),
        pytest.param({"is_eligible": False}, id="not eligible without reason"),
    ],
)  # fmt: skip
def test_database_holds_patients_together(screened, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=screened.pk).update(**change)


@pytest.mark.parametrize("column", ["number", "screening_number"])
def test_database_holds_each_number_once(trial, coordinator, column):
    one, other = (make_enrolled_patient(trial, by=coordinator) for _ in range(2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=other.pk).update(**{column: getattr(one, column)})


@pytest.mark.needs("postgresql")
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
def test_twenty_enrolled_at_once_get_twenty_numbers(committed_db):
    trial = make_trial()
    coordinator = make_member(trial, "coordinator")
    patients = [make_screened_patient(trial, by=coordinator) for _ in range(20)]
    for patient in patients:
        sign(patient, coordinator)
    start = Barrier(len(patients))

    def enroll(patient):
        try:
            start.wait()
            return enroll_patient(patient, by=coordinator, on=ENROLLED_ON).number
        finally:
            connection.close()

    with ThreadPoolExecutor(len(patients)) as threads:
        numbers = list(threads.map(enroll, patients))
    sequences = sorted(int(number.split("-")[1]) for number in numbers)
    assert sequences == list(range(1, 21))
    assert Visit.objects.count() == 60
