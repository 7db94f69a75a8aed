"""The pages from screening to the visits of an enrolled patient."""

import pytest

from enrollment.models import Consent, Patient, Visit
from tests.factories import make_enrolled_patient, make_screened_patient
from tests.integration.enrollment.page import inputs_of, messages_of, summary_of, text_of

NEW = "/trials/small/screening/new/"
VALUES = {"sex": "F", "born_on": "1960-05", "screened_on": "2026-06-20", "I01": "Y", "E01": "N"}


@pytest.fixture
def screen(carla):
    def act(**change):
        return carla.post(NEW, inputs_of(carla.get(NEW)) | VALUES | change)

    return act


@pytest.fixture
def screened(trial, coordinator):
    return make_screened_patient(trial, by=coordinator)


def test_screening_form_chooses_the_only_site_and_today(carla, trial):
    inputs = inputs_of(carla.get(NEW))
    assert inputs["site"] == str(trial.sites.get(code="01").pk)
    assert inputs["screened_on"] == "2026-07-01"


def test_eligible_patient_is_asked_for_the_consent(carla, screen):
    response = screen()
    patient = Patient.objects.get()
    assert response["Location"] == f"/patients/{patient.pk}/"
    page = text_of(carla.get(response["Location"]))
    assert "Record the consent next" in page
    assert "Opens when the consent is recorded" in page


def test_patient_who_is_not_eligible_is_in_the_log_with_the_reason(carla, screen):
    response = screen(E01="Y")
    assert "kept in the screening log" in text_of(carla.get(response["Location"]))
    log = text_of(carla.get("/trials/small/screening/"))
    assert "S-S01-001" in log
    assert "Cannot swallow capsules." in log


def test_screening_pressed_twice_is_one_patient(carla):
    sent = inputs_of(carla.get(NEW)) | VALUES
    assert carla.post(NEW, sent)["Location"] == carla.post(NEW, sent)["Location"]
    assert Patient.objects.count() == 1


def test_page_gone_back_to_and_filled_for_the_next_patient_is_a_second_one(carla):
    sent = inputs_of(carla.get(NEW)) | VALUES
    carla.post(NEW, sent)
    carla.post(NEW, sent | {"sex": "M"})
    assert [patient.sex for patient in Patient.objects.order_by("pk")] == ["F", "M"]


@pytest.mark.parametrize(
    ("change", "name", "sentence"),
    [
        pytest.param({"I01": ""}, "I01", "Answer this criterion with yes or no.", id="criterion"),
        pytest.param({"born_on": ""}, "born_on", "This field is required.", id="no birth"),
        pytest.param({"born_on": "long ago"}, "born_on", "Enter a date as", id="odd birth"),
        pytest.param({"born_on": "2026-07"}, "born_on", "before the day of screening", id="unborn"),
        pytest.param({"screened_on": "2026-07-02"}, "screened_on", "in the future", id="tomorrow"),
        pytest.param({"screened_on": "30-02-2026"}, "screened_on", "Enter a date", id="Feb 30"),
        pytest.param({"site": "0"}, "site", "Select a valid choice", id="no such site"),
        pytest.param({"sex": "X"}, "sex", "Select a valid choice", id="no such code"),
    ],
)  # fmt: skip
def test_screening_that_is_wrong_is_422_and_keeps_what_was_typed(screen, change, name, sentence):
    response = screen(**change)
    assert response.status_code == 422
    assert sentence in messages_of(response)[name]
    assert len(summary_of(response)) == 1
    typed = {"born_on": VALUES["born_on"], "screened_on": VALUES["screened_on"], "E01": "N"}
    kept = typed | {key: value for key, value in change.items() if key in typed}
    assert inputs_of(response).items() >= kept.items()
    assert not Patient.objects.exists()


def test_site_of_the_trial_at_which_the_person_has_no_role_cannot_be_chosen(screen, trial):
    assert screen(site=trial.sites.get(code="02").pk).status_code == 422


def test_consent_then_enrollment_issue_the_number(carla, screened):
    page = f"/patients/{screened.pk}/"
    consent = {"version": "1.0", "signed_on": "21dec2025"}
    assert carla.post(f"{page}consent/", consent).status_code == 302
    assert Consent.objects.get().signed_on.isoformat() == "2025-12-21"
    response = carla.post(f"{page}enroll/", {"enrolled_on": "5-1-2026"})
    assert response.status_code == 302
    screened.refresh_from_db()
    assert screened.number.startswith("S01-001-")
    text = text_of(carla.get(page))
    assert f"The patient number is {screened.number}" in text
    assert "2026-01-08" in text


@pytest.mark.parametrize(
    ("values", "name", "sentence"),
    [
        pytest.param({"version": "9.9"}, "version", "Select a valid choice", id="no version"),
        pytest.param({"signed_on": ""}, "signed_on", "required", id="no day"),
        pytest.param({"signed_on": "2024-12-31"}, "signed_on", "in use since", id="too early"),
        pytest.param({"signed_on": "2026-07-02"}, "signed_on", "in the future", id="tomorrow"),
    ],
)
def test_consent_that_is_wrong_is_422(carla, screened, values, name, sentence):
    data = {"version": "1.0", "signed_on": "2025-12-21"} | values
    response = carla.post(f"/patients/{screened.pk}/consent/", data)
    assert response.status_code == 422
    assert sentence in messages_of(response)[name]
    assert len(summary_of(response)) == 1
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        pytest.param("", "required", id="no day"),
        pytest.param("2026-07-02", "in the future", id="tomorrow"),
        pytest.param("2025-12-20", "not before the day of screening", id="before the screening"),
    ],
)
def test_enrollment_that_is_wrong_is_422(carla, screened, day, sentence):
    carla.post(f"/patients/{screened.pk}/consent/", {"version": "1.0", "signed_on": "2025-12-21"})
    response = carla.post(f"/patients/{screened.pk}/enroll/", {"enrolled_on": day})
    assert response.status_code == 422
    assert sentence in messages_of(response)["enrolled_on"]
    assert not Patient.objects.enrolled().exists()


def test_enrollment_without_consent_says_what_to_do(carla, screened):
    response = carla.post(f"/patients/{screened.pk}/enroll/", {"enrolled_on": "2026-01-05"})
    assert response.status_code == 422
    assert "Record the signed consent before" in summary_of(response)[0]


def test_pressing_enroll_twice_enrolls_once_and_says_so(carla, patient):
    response = carla.post(f"/patients/{patient.pk}/enroll/", {"enrolled_on": "2026-01-05"})
    assert response.status_code == 422
    assert "This patient is enrolled already." in text_of(response)
    assert patient.number in text_of(response)


def test_new_consent_of_an_enrolled_patient_that_is_wrong_says_so(carla, patient):
    data = {"version": "1.0", "signed_on": "2026-02-01"}
    response = carla.post(f"/patients/{patient.pk}/consent/", data)
    assert response.status_code == 422
    assert "This version is recorded for this patient already." in text_of(response)


@pytest.fixture
def planned(patient):
    return Visit.objects.get(patient=patient, key="C1D1")


def test_visit_date_opens_the_forms(carla, planned):
    response = carla.post(f"/visits/{planned.pk}/date/", {"actual_date": "8jan26", "reason": ""})
    assert response["Location"] == f"/visits/{planned.pk}/"
    page = carla.get(response["Location"])
    assert "The visit date is recorded." in text_of(page)
    assert f"/visits/{planned.pk}/forms/capsule-course/" in page.content.decode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        pytest.param({"actual_date": ""}, "required", id="no day"),
        pytest.param({"actual_date": "2026-07-02"}, "in the future", id="tomorrow"),
        pytest.param({"actual_date": "2026-01-20"}, "Enter a reason", id="outside the window"),
        pytest.param({"actual_date": "2026-01-01", "reason": "x"}, "on or after", id="too early"),
    ],
)
def test_visit_date_that_is_wrong_is_422_and_stays_typed(carla, planned, data, sentence):
    response = carla.post(f"/visits/{planned.pk}/date/", {"reason": ""} | data)
    assert response.status_code == 422
    assert sentence in messages_of(response)["actual_date"]
    assert sentence in summary_of(response)[0]
    assert f'value="{data["actual_date"]}"' in response.content.decode() or not data["actual_date"]
    planned.refresh_from_db()
    assert not planned.is_open


def test_visit_outside_the_window_with_a_reason(carla, planned):
    data = {"actual_date": "2026-01-20", "reason": "snow"}
    carla.post(f"/visits/{planned.pk}/date/", data)
    page = text_of(carla.get(f"/visits/{planned.pk}/"))
    assert "Outside the window snow" in page


def test_missed_visit_shows_its_reason(carla, planned):
    response = carla.post(f"/visits/{planned.pk}/missed/", {"reason": "traveling"})
    assert response["Location"] == f"/patients/{planned.patient_id}/"
    assert "traveling" in text_of(carla.get(f"/visits/{planned.pk}/"))


def test_missed_visit_without_a_reason_is_422(carla, planned):
    response = carla.post(f"/visits/{planned.pk}/missed/", {"reason": " "})
    assert response.status_code == 422
    assert "Enter why the visit was missed." in summary_of(response)[0]


def test_grid_finds_a_patient_by_number_also_in_full_width_digits(carla, trial, coordinator):
    one, other = (make_enrolled_patient(trial, by=coordinator) for _ in range(2))
    for query in (one.number, "Ｓ０１-００１"):
        page = text_of(carla.get("/trials/small/", {"q": query}))
        assert one.number in page
        assert other.number not in page


def test_grid_shows_the_chosen_site_only(signed_in, trial, coordinator):
    here = make_enrolled_patient(trial, by=coordinator)
    there = make_enrolled_patient(trial, site="02", by=coordinator)
    trial.memberships.create(user=coordinator, role="coordinator")
    client = signed_in(coordinator)
    page = text_of(client.get("/trials/small/"))
    assert here.number in page
    assert there.number in page
    page = text_of(client.get("/trials/small/", {"site": "02"}))
    assert here.number not in page
    assert there.number in page


def test_visit_that_took_place_cannot_be_marked_as_missed(carla, visit):
    response = carla.post(f"/visits/{visit.pk}/missed/", {"reason": "traveling"})
    assert response.status_code == 422
    assert "This visit took place" in summary_of(response)[0]
    visit.refresh_from_db()
    assert visit.is_open
