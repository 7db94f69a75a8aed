"""Forms that are filled as often as there is something to note."""

import pytest

from core.models import AuditEntry
from enrollment.models import PriorTherapy
from tests.factories import make_enrolled_patient, save_form
from tests.integration.enrollment.page import inputs_of, messages_of, text_of

VALUES = {
    "line": "1",
    "drugs": "sorafenib",
    "drug_class": "tki",
    "started_on": "2025-06",
    "best_response": "SD",
}


@pytest.fixture
def log(patient):
    return f"/patients/{patient.pk}/logs/prior-therapies/"


@pytest.fixture
def add(carla, log):
    def act(**change):
        page = inputs_of(carla.get(f"{log}new/"))
        return carla.post(f"{log}new/", page | VALUES | {"save": "exit"} | change)

    return act


def test_empty_log_leads_to_its_first_row(carla, log):
    assert f'href="{log}new/"' in carla.get(log).text


def test_new_row_leads_back_to_the_log_that_shows_it(carla, add, log):
    assert add()["Location"] == log
    page = text_of(carla.get(log))
    assert "sorafenib" in page
    assert "tyrosine kinase inhibitor" in page
    assert "2025-06" in page


def test_missing_value_is_named_in_the_log(carla, add, log):
    add(drugs="", drugs__missing="UNK")
    assert "unknown" in text_of(carla.get(log))


def test_draft_of_a_new_row_can_be_opened_again(carla, add, log):
    assert add(drugs="", save="draft")["Location"] == log
    row = PriorTherapy.objects.get()
    assert f'href="{log}{row.pk}/"' in carla.get(log).text
    assert inputs_of(carla.get(f"{log}{row.pk}/"))["line"] == "1"


def test_two_rows_of_one_page_opened_twice_are_two(add):
    add()
    add(drugs="lenvatinib")
    rows = PriorTherapy.objects.order_by("row_number").values_list("row_number", "drugs")
    assert list(rows) == [(1, "sorafenib"), (2, "lenvatinib")]


def test_double_press_stores_one_row(carla, log):
    data = inputs_of(carla.get(f"{log}new/")) | VALUES | {"save": "exit"}
    for _press in range(2):
        assert carla.post(f"{log}new/", data)["Location"] == log
    assert PriorTherapy.objects.count() == 1


def test_page_sent_again_with_another_value_is_compared_first(carla, log):
    """Back in the browser, changed, and sent a second time."""
    data = inputs_of(carla.get(f"{log}new/")) | VALUES | {"save": "draft"}
    carla.post(f"{log}new/", data)
    response = carla.post(f"{log}new/", data | {"drugs": "lenvatinib"})
    assert response.status_code == 409
    assert "yours lenvatinib saved meanwhile sorafenib" in text_of(response)
    again = inputs_of(response) | {"save": "draft", "keep-drugs": "mine"}
    assert carla.post(f"{log}new/", again).status_code == 302
    assert PriorTherapy.objects.get().drugs == "lenvatinib"


def test_correction_of_a_row_keeps_its_number_and_the_reason(carla, add, log):
    add()
    row = PriorTherapy.objects.get()
    address = f"{log}{row.pk}/"
    change = {"drugs": "lenvatinib", "reason_code": "transcription", "save": "exit"}
    assert carla.post(address, inputs_of(carla.get(address)) | change)["Location"] == log
    stored = PriorTherapy.objects.get()
    assert (stored.pk, stored.row_number, stored.drugs) == (row.pk, 1, "lenvatinib")
    assert AuditEntry.objects.of_row(row).last().reason == "transcription"


def test_stop_before_the_start_is_refused(add):
    response = add(stopped_on="2025-05")
    assert response.status_code == 422
    assert messages_of(response) == {"stopped_on": "Enter a stop that is not before the start."}
    assert add(stopped_on="2025-06").status_code == 302


def test_log_shows_the_rows_of_its_patient_only(carla, trial, coordinator, log):
    other = make_enrolled_patient(trial, by=coordinator)
    save_form("prior-therapies", other, by=coordinator, drugs="lenvatinib")
    assert "lenvatinib" not in text_of(carla.get(log))
