"""Checks while a form is filled: unusual values are kept with a reason, impossible ones refused."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from enrollment.actions.quality import complete_quality_run, queue_quality_run
from enrollment.models import KeptValue, VitalSigns
from enrollment.queries.quality import Wanted, finding_lines, findings_of
from outcomes.models import AdverseEvent, Lesion, TumorAssessment
from tests.factories import make_member, open_visit, save_form
from tests.integration.enrollment.page import inputs_of, messages_of, text_of
from tests.integration.enrollment.test_entry import SCAN, VALUES, lesion


@pytest.fixture
def address(visit):
    return reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])


@pytest.fixture
def send(carla, address):
    def act(address=address, *, save="exit", **values):
        return carla.post(address, inputs_of(carla.get(address)) | values | {"save": save})

    return act


@pytest.fixture
def weighed(patient, coordinator):
    """80 kg at the visit before."""
    screening = open_visit(patient, key="screening", by=coordinator)
    return save_form("vital-signs", screening, by=coordinator, weight_kg="80")


LOST = "From 80.0 kg at the visit before to 71.9 kg (-10 %). Is the weight right?"


@pytest.mark.parametrize(
    ("weight", "messages"),
    [
        pytest.param("72", {}, id="10 % exactly"),
        pytest.param("71.9", {"weight_kg": LOST}, id="more than 10 %"),
    ],
)
def test_weight_that_changed_by_more_than_a_tenth_asks_why(send, weighed, weight, messages):
    response = send(**VALUES | {"weight_kg": weight})
    assert response.status_code == (422 if messages else 302)
    assert (messages_of(response) if messages else {}) == messages
    assert VitalSigns.objects.count() == 2 - bool(messages)


def test_page_says_the_same_on_leaving_the_field_and_stores_nothing(send, weighed):
    answer = send(weight_kg="71.9", temperature_c="39", save="check").json()
    fever = "39.0 °C lies outside the usual range from 35 to 38. Is it right?"
    assert answer["fields"]["id_weight_kg"] == {"value": "71.9", "soft": LOST}
    assert answer["fields"]["id_temperature_c"] == {"value": "39.0", "soft": fever}
    assert VitalSigns.objects.count() == 1


def test_draft_may_hold_it_without_a_reason(send, weighed):
    assert send(weight_kg="60", save="draft").status_code == 302


def test_draft_is_not_completed_unchanged_without_one(send, weighed):
    assert send(**VALUES | {"weight_kg": "71.9"}, save="draft").status_code == 302
    assert messages_of(send()) == {"weight_kg": LOST}
    assert VitalSigns.objects.latest("pk").state == "draft"
    assert send(weight_kg__because="ascites was drained").status_code == 302
    assert KeptValue.objects.get().reason == "ascites was drained"


def test_reason_keeps_the_value_is_audited_shown_and_not_asked_for_again(
    send, weighed, carla, address
):
    typed = VALUES | {"weight_kg": "71.9", "weight_kg__because": "ascites was drained"}
    assert send(**typed).status_code == 302
    kept = KeptValue.objects.get()
    assert (kept.check_code, kept.field, kept.reason) == (
        "DQ-012",
        "weight_kg",
        "ascites was drained",
    )
    entry = AuditEntry.objects.of_row(kept).get()
    assert (entry.actor_name, entry.patient_id) == ("Carla", weighed.patient_id)
    assert "Kept, because: ascites was drained" in text_of(carla.get(address))
    trial = weighed.patient.trial
    complete_quality_run(queue_quality_run(trial, by=None).pk)
    dora = make_member(trial, "data-manager")
    [line] = finding_lines(findings_of(trial, dora, Wanted(check="DQ-012")))
    assert line.kept == "ascites was drained"
    assert send(ecog="2", reason_code="source").status_code == 302
    other = send(weight_kg="60", reason_code="source")
    assert messages_of(other) == {
        "weight_kg": "From 80.0 kg at the visit before to 60.0 kg (-25 %). Is the weight right?"
    }
    assert send(weight_kg="79", reason_code="source").status_code == 302
    assert not KeptValue.objects.exists()


def test_what_was_unusual_before_does_not_stop_another_correction(send, visit, coordinator):
    save_form("vital-signs", visit, by=coordinator, **VALUES | {"temperature_c": "39"})
    assert send(ecog="2", reason_code="source").status_code == 302


def test_scan_before_the_consent_with_a_new_lesion_is_kept_with_a_reason(
    send, patient, coordinator
):
    scan = open_visit(patient, key="scan", by=coordinator)
    address = reverse("enrollment:visit-form", args=[scan.pk, "tumor-assessment"])
    typed = SCAN | lesion(0, "liver", "40") | {"scanned_on": "2025-12-20"}
    refused = send(address, **typed)
    assert messages_of(refused) == {
        "scanned_on": "The scan of 2025-12-20 is older than the first signed consent of 2025-12-21."
        " Is it right?"
    }
    assert not Lesion.objects.exists()
    assert send(address, **typed, scanned_on__because="routine care").status_code == 302
    assert (TumorAssessment.objects.count(), Lesion.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("died_on", "status"),
    [
        pytest.param("2026-01-09", 422, id="the day before"),
        pytest.param("2026-01-10", 302, id="that day"),
    ],
)
def test_event_after_death_cannot_be_completed_but_stays_a_draft(
    send, patient, coordinator, died_on, status
):
    save_form("death", patient, by=coordinator, died_on=died_on, cause="other")
    address = f"/patients/{patient.pk}/logs/adverse-events/new/"
    typed = {
        "term": "Nausea", "grade": "1", "started_on": "2026-01-10", "outcome": "recovered",
        "ended_on": "2026-01-10", "is_ongoing": "N", "is_serious": "N",
        "action_taken__missing": "UNK", "related_to_capsules__missing": "UNK",
        "related_to_background__missing": "UNK",
        "started_on__because": "no reason helps",
    }  # fmt: skip
    response = send(address, **typed)
    assert ("started_on" in messages_of(response)) is (status == 422), messages_of(response)
    if status == 422:
        assert "after the death on 2026-01-09" in messages_of(response)["started_on"]
        assert send(address, **typed, save="draft").status_code == 302
        assert AdverseEvent.objects.get().state == "draft"
