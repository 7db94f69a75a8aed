"""What the pages share: methods, language, scope of lists, and queries that do not grow."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actions.people import grant_role
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.enrollment.page import text_of

POST_ONLY = ["consent-record", "patient-enroll", "visit-open", "visit-miss"]
READ_ONLY = ["home", "patient-list", "screening-list", "definition-detail", "patient-detail",
             "log-list", "visit-detail"]  # fmt: skip
FORMS = ["patient-screen", "patient-form", "log-new", "visit-form"]


@pytest.fixture
def address(patient, visit):
    def of(name):
        if name == "home":
            arguments = []
        elif name in ("patient-list", "screening-list", "patient-screen", "definition-detail"):
            arguments = ["small"]
        elif name.startswith("visit"):
            arguments = [visit.pk]
        else:
            arguments = [patient.pk]
        forms = {"patient-form": "death", "visit-form": "vital-signs"}
        if name in forms or name.startswith("log"):
            arguments.append(forms.get(name, "lesions"))
        return reverse(f"enrollment:{name}", args=arguments)

    return of


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
@pytest.mark.parametrize("name", POST_ONLY)
def test_page_that_only_takes_a_form_answers_405_to_all_else(carla, address, name, method):
    assert getattr(carla, method)(address(name)).status_code == 405


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
@pytest.mark.parametrize("name", READ_ONLY)
def test_page_that_is_only_read_answers_405_to_all_else(carla, address, name, method):
    assert getattr(carla, method)(address(name)).status_code == 405


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("name", FORMS)
def test_entry_page_is_read_or_sent(carla, address, name, method):
    assert getattr(carla, method)(address(name)).status_code == 405
    assert carla.head(address(name)).status_code == 200


@pytest.mark.parametrize("name", [*READ_ONLY, *FORMS])
def test_page_has_one_heading_and_nothing_inline(carla, address, name):
    page = carla.get(address(name)).text
    assert page.count("<h1") == 1
    assert " style=" not in page
    assert " onclick=" not in page


@pytest.mark.parametrize("name", [*READ_ONLY, *FORMS])
def test_page_in_chinese(carla, address, name):
    response = carla.get(address(name), HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert response.status_code == 200
    assert 'lang="zh-hans"' in response.text.lower()


def test_lists_show_the_own_site_only(signed_in, trial, patient):
    there = make_enrolled_patient(trial, site="02")
    failed = make_screened_patient(trial, site="02", failing=["I01"])
    client = signed_in(make_member(trial, "coordinator", site="02"))
    assert there.number in text_of(client.get("/trials/small/"))
    assert failed.screening_number in text_of(client.get("/trials/small/screening/"))
    for page in ("/", "/trials/small/", "/trials/small/screening/"):
        text = text_of(client.get(page))
        assert patient.number not in text
        assert patient.screening_number not in text


def test_reader_sees_values_and_no_way_to_send_them(signed_in, trial, patient, visit, coordinator):
    save_form("vital-signs", visit, by=coordinator, ecog="1")
    client = signed_in(make_member(trial, "monitor"))
    for page in (f"/visits/{visit.pk}/forms/vital-signs/", f"/visits/{visit.pk}/"):
        text = client.get(page).text
        assert 'name="save"' not in text
        assert f'action="/visits/{visit.pk}/date/"' not in text


def queries_of(client, address):
    client.get(address)  # what is computed once for a process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "name", ["patient-list", "screening-list", "patient-detail", "visit-detail", "visit-form"]
)
def test_page_needs_as_many_queries_for_ten_patients_as_for_five(
    carla, trial, coordinator, address, name
):
    def add(number):
        for _patient in range(number):
            new = make_enrolled_patient(trial, by=coordinator)
            save_form("vital-signs", open_visit(new, key="C1D1", by=coordinator), by=coordinator)

    add(4)
    five = queries_of(carla, address(name))
    add(5)
    assert queries_of(carla, address(name)) == five


def test_log_needs_as_many_queries_for_ten_rows_as_for_five(carla, patient, coordinator):
    def add(number):
        for _row in range(number):
            save_form("prior-therapies", patient, by=coordinator, drugs="sorafenib")

    page = f"/patients/{patient.pk}/logs/prior-therapies/"
    add(5)
    five = queries_of(carla, page)
    add(5)
    assert queries_of(carla, page) == five


@pytest.mark.parametrize("page", ["patient-list", "screening-list"])
def test_a_role_that_sees_no_patients_opens_no_site_for_another_role(client, db, page):
    trial = make_trial()
    here, there = (make_enrolled_patient(trial, site=code) for code in ("01", "02"))
    person = make_member(trial, "coordinator", site="01")
    grant_role(person, "laboratory", by=None, trial=trial, site=None)
    client.force_login(person)
    text = client.get(reverse(f"enrollment:{page}", args=[trial.slug])).content.decode()
    assert here.number in text
    assert there.number not in text
