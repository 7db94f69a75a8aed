from datetime import date

import pytest
from django.db import IntegrityError

from core.calc.partial_date import PartialDate
from outcomes.models import Death, SurvivalStatus


@pytest.mark.parametrize(
    ("died_on", "is_refused"),
    [
        pytest.param("2026-01-05", False, id="day of enrollment"),
        pytest.param("2026-01-04", True, id="day before"),
        pytest.param("2026-01", False, id="month of enrollment"),
        pytest.param("2025", True, id="year before"),
    ],
)
def test_death_is_not_before_enrollment(patient, died_on, is_refused):
    found = Death(patient=patient, died_on=PartialDate(died_on)).problems()
    assert ("died_on" in found) is is_refused


def test_death_of_a_screened_patient_is_not_before_birth(patient):
    patient.enrolled_on = patient.number = None
    assert "died_on" in Death(patient=patient, died_on=PartialDate("1959")).problems()


def test_a_patient_dies_once(patient, save):
    save(Death(patient=patient, died_on=PartialDate("2026-05")))
    with pytest.raises(IntegrityError):
        Death.objects.create(patient=patient, created_by_id=1, updated_by_id=1)


@pytest.mark.parametrize(
    ("status", "wrong"), [("alive", ["status_on"]), ("dead", ["status_on"]), ("unknown", [])]
)
def test_a_known_status_needs_its_date(patient, visit, fill, status, wrong):
    form = fill(SurvivalStatus(patient=patient, visit=visit), {"status": status}).form
    assert list(form.errors) == wrong


@pytest.mark.parametrize(
    ("day", "is_refused"), [(date(1960, 5, 1), False), (date(1960, 4, 30), True)]
)
def test_status_is_not_before_birth(patient, day, is_refused):
    found = SurvivalStatus(patient=patient, status="alive", status_on=day).problems()
    assert ("status_on" in found) is is_refused
