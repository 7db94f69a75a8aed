"""What no page sends: more rows, fewer rows, columns that nobody asks for."""

import pytest
from django.urls import reverse

from dosing.models import CapsuleCourse, DailyDose
from enrollment.models import VitalSigns
from tests.factories import make_screened_patient
from tests.integration.enrollment.page import inputs_of, text_of

DAYS = 10


@pytest.fixture
def address(visit):
    return reverse("enrollment:visit-form", args=[visit.pk, "capsule-course"])


@pytest.fixture
def filled(carla, address):
    """The course as its page would send it, every capsule taken."""
    answers = {
        "started_on": "2026-01-08",
        "is_day_one_observed": "Y",
        "has_day_one_reaction": "N",
        "is_rest_released": "Y",
        "dispensed_capsules": "60",
        "returned_capsules": "0",
        "save": "exit",
    }
    days = {f"row-{number}-capsules_taken": "6" for number in range(DAYS)}
    return inputs_of(carla.get(address)) | answers | days


def test_course_as_the_page_sends_it_is_stored(carla, address, filled):
    assert carla.post(address, filled).status_code == 302
    assert DailyDose.objects.count() == DAYS


def test_day_that_the_page_did_not_show_is_refused(carla, address, filled):
    more = {"row-TOTAL_FORMS": "11", "row-10-day": "40", "row-10-capsules_taken": "0"}
    response = carla.post(address, filled | more)
    assert response.status_code == 422
    assert "no further rows" in text_of(response)
    assert not DailyDose.objects.exists()


@pytest.mark.parametrize("total", ["0", "3", "-1"])
def test_course_without_its_days_is_not_complete(carla, address, filled, total):
    assert carla.post(address, filled | {"row-TOTAL_FORMS": total}).status_code == 422
    assert not CapsuleCourse.objects.exists()


@pytest.mark.parametrize("total", ["", "many", "101", "1000000000"])
def test_number_of_rows_that_is_none_is_refused(carla, address, filled, total):
    assert carla.post(address, filled | {"row-TOTAL_FORMS": total}).status_code == 422


def test_columns_that_no_page_asks_for_stay_as_they_are(carla, visit, trial):
    address = reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])
    other = make_screened_patient(trial)
    foreign = {
        "state": "locked",
        "patient": other.pk,
        "patient_id": other.pk,
        "visit_id": "0",
        "created_by": "0",
        "completed_at": "2000-01-01",
        "row_number": "7",
        "missing": '{"ecog": "ND"}',
    }
    sent = inputs_of(carla.get(address)) | {"ecog": "1", "save": "draft"} | foreign
    assert carla.post(address, sent).status_code == 302
    record = VitalSigns.objects.get()
    assert (record.state, record.patient_id, record.visit_id) == (
        "draft",
        visit.patient_id,
        visit.pk,
    )
    assert (record.created_by.username, record.completed_at, record.missing) == ("carla", None, {})
