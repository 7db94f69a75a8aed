"""The entry page: saving, messages, drafts, corrections and conflicts."""

import pytest
from django.urls import reverse

from core.models import AuditEntry
from enrollment.models import VitalSigns
from outcomes.models import Lesion, LesionMeasurement
from tests.factories import make_enrolled_patient, make_member, open_visit, save_form
from tests.integration.enrollment.page import inputs_of, messages_of, summary_of, text_of

VALUES = {
    "ecog": "1",
    "weight_kg": "71.5",
    "temperature_c": "36.6",
    "systolic_mmhg": "120",
    "diastolic_mmhg": "80",
    "pulse_per_min": "70",
}


@pytest.fixture
def address(visit):
    return reverse("enrollment:visit-form", args=[visit.pk, "vital-signs"])


@pytest.fixture
def send(carla, address):
    """Opens the page and sends it with these values, as a person would."""

    def act(*, save="exit", by=carla, address=address, **values):
        return by.post(address, inputs_of(by.get(address)) | values | {"save": save})

    return act


def test_complete_form_is_stored_and_leads_back_to_the_visit(send, visit):
    response = send(**VALUES)
    assert response.status_code == 302
    assert response["Location"] == f"/visits/{visit.pk}/"
    record = VitalSigns.objects.get()
    assert (record.state, record.ecog, str(record.weight_kg)) == ("complete", "1", "71.5")


def test_next_leads_to_the_next_open_form_of_the_visit(send, visit):
    assert send(**VALUES, save="next")["Location"] == f"/visits/{visit.pk}/forms/laboratory/"


def test_draft_is_stored_with_gaps_and_stays_on_the_page(send, address):
    assert send(ecog="1", save="draft")["Location"] == address
    assert VitalSigns.objects.get().state == "draft"


def test_opened_form_shows_what_is_stored(send, carla, address):
    send(**VALUES, save="draft")
    assert inputs_of(carla.get(address)).items() >= VALUES.items()


def test_wrong_values_are_422_with_messages_and_nothing_typed_is_lost(send):
    typed = VALUES | {"weight_kg": "7150", "pulse_per_min": "fast", "temperature_c": ""}
    response = send(**typed)
    assert response.status_code == 422
    assert messages_of(response) == {
        "weight_kg": "Enter a value from 20 to 300 kg.",
        "pulse_per_min": "Enter a whole number.",
        "temperature_c": "Enter a value, or say why it is missing.",
    }
    assert summary_of(response) == [
        "Weight – Enter a value from 20 to 300 kg.",
        "Temperature – Enter a value, or say why it is missing.",
        "Pulse – Enter a whole number.",
    ]
    assert inputs_of(response).items() >= typed.items()
    assert not VitalSigns.objects.exists()


def test_each_line_of_the_summary_leads_to_its_field(send):
    page = send(weight_kg="7150").content.decode()
    assert 'href="#id_weight_kg"' in page
    assert 'id="id_weight_kg"' in page


def test_missing_code_completes_a_form(send):
    send(**VALUES | {"weight_kg": "", "weight_kg__missing": "ND"})
    record = VitalSigns.objects.get()
    assert (record.state, record.weight_kg, record.missing) == (
        "complete",
        None,
        {"weight_kg": "ND"},
    )


def test_missing_code_takes_the_place_of_a_chosen_answer(send, carla, address):
    send(**VALUES, save="draft")
    page = inputs_of(carla.get(address)) | {"ecog__missing": "UNK", "save": "draft"}
    del page["ecog"]  # the page closes the radio buttons
    carla.post(address, page)
    record = VitalSigns.objects.get()
    assert (record.ecog, record.missing) == ("", {"ecog": "UNK"})


def test_value_and_missing_code_together_are_refused(send):
    response = send(**VALUES, weight_kg__missing="ND")
    assert messages_of(response) == {
        "weight_kg": "Enter a value or say why it is missing, but not both."
    }


def test_contradiction_between_fields_is_said_beside_one_of_them(send):
    response = send(**VALUES | {"systolic_mmhg": "80", "diastolic_mmhg": "80"})
    assert response.status_code == 422
    assert "above the diastolic" in messages_of(response)["systolic_mmhg"]


def test_change_of_a_complete_form_asks_for_a_reason_and_keeps_it(send):
    send(**VALUES)
    response = send(ecog="2")
    assert response.status_code == 422
    assert messages_of(response) == {"reason_code": "Say why you change a complete form."}
    assert VitalSigns.objects.get().ecog == "1"
    send(ecog="2", reason_code="source", reason_text="the chart says 2")
    record = VitalSigns.objects.get()
    assert record.ecog == "2"
    assert AuditEntry.objects.of_row(record).last().reason == "source: the chart says 2"


def test_single_field_can_have_a_reason_of_its_own(send):
    send(**VALUES)
    own = {"own_field_0": "weight_kg", "own_code_0": "transcription", "own_text_0": "digits"}
    send(ecog="2", weight_kg="60", reason_code="source", **own)
    record = VitalSigns.objects.get()
    entry = AuditEntry.objects.of_row(record).last()
    assert entry.reason == "source | weight_kg: transcription: digits"


@pytest.mark.parametrize(
    ("own", "messages"),
    [
        pytest.param(
            {"own_field_0": "pulse_per_min", "own_code_0": "source"},
            {"own_field_0": "This field was not changed."},
            id="field that stays",
        ),
        pytest.param(
            {"own_field_1": "ecog"},
            {"own_code_1": "Choose a reason for this field."},
            id="no reason",
        ),
        pytest.param(
            {"own_code_2": "source"},
            {"own_field_2": "Choose the field that this is about."},
            id="no field",
        ),
        pytest.param(
            {"own_field_0": "ecog", "own_code_0": "other"},
            {"own_text_0": "Explain the reason."},
            id="other, not explained",
        ),
    ],
)
def test_reason_of_a_single_field_is_complete_and_about_a_change(send, own, messages):
    send(**VALUES)
    response = send(ecog="2", reason_code="source", **own)
    assert response.status_code == 422
    assert messages_of(response) == messages
    assert VitalSigns.objects.get().ecog == "1"


def test_other_reason_is_to_be_explained(send):
    send(**VALUES)
    response = send(ecog="2", reason_code="other")
    assert messages_of(response) == {"reason_text": "Explain the reason."}


def test_saving_a_complete_form_without_a_change_asks_and_stores_nothing(send):
    send(**VALUES)
    before = AuditEntry.objects.count()
    assert send().status_code == 302
    assert AuditEntry.objects.count() == before


def test_double_press_stores_one_record(carla, address):
    data = inputs_of(carla.get(address)) | VALUES
    for _press in range(2):
        assert carla.post(address, data).status_code == 302
    assert VitalSigns.objects.get().revision == 1


def test_entry_names_the_page_it_came_from(send):
    send(**VALUES)
    entry = AuditEntry.objects.of_row(VitalSigns.objects.get()).get()
    assert (entry.actor_name, entry.source) == ("Carla", "web enrollment:visit-form")


@pytest.fixture
def iris(signed_in, trial):
    return signed_in(make_member(trial, "investigator", username="iris"))


@pytest.mark.parametrize(
    ("theirs", "keep", "kept"), [("draft", "mine", "60.0"), ("exit", "theirs", "80.0")]
)
def test_conflict_is_409_shows_both_values_and_stores_the_chosen_one(
    send, carla, iris, address, theirs, keep, kept
):
    send(**VALUES, save="draft")
    mine = inputs_of(carla.get(address)) | {"weight_kg": "60", "save": "exit"}
    send(by=iris, weight_kg="80", save=theirs)

    response = carla.post(address, mine)
    assert response.status_code == 409
    assert "Somebody else saved this form" in text_of(response)
    assert "yours 60.0 kg saved meanwhile 80.0 kg" in text_of(response)
    assert text_of(response).count("saved meanwhile") == 1
    again = inputs_of(response) | {"save": "exit", "reason_code": "source"}
    assert again["weight_kg"] == "60"
    undecided = carla.post(address, again)
    assert undecided.status_code == 422
    assert messages_of(undecided) == {"weight_kg": "Choose which of the two values to keep."}
    assert "yours 60.0 kg saved meanwhile 80.0 kg" in text_of(undecided)
    assert str(VitalSigns.objects.get().weight_kg) == "80.0"

    assert carla.post(address, again | {"keep-weight_kg": keep}).status_code == 302
    assert str(VitalSigns.objects.get().weight_kg) == kept


def test_locked_form_can_be_read_and_not_saved(send, carla, address):
    send(**VALUES)
    VitalSigns.objects.update(state="locked")
    page = carla.get(address)
    assert page.status_code == 200
    assert 'name="save"' not in page.content.decode()
    response = send(ecog="2", reason_code="source")
    assert response.status_code == 422
    assert "This form is locked" in text_of(response)
    assert VitalSigns.objects.get().ecog == "1"


def test_forms_open_with_the_visit_date(carla, patient):
    scan = patient.visits.get(key="scan")
    response = carla.get(f"/visits/{scan.pk}/forms/tumor-assessment/", follow=True)
    assert response.redirect_chain == [(f"/visits/{scan.pk}/", 302)]
    assert "Enter the visit date first" in text_of(response)


@pytest.mark.parametrize(
    "slug",
    [
        pytest.param("nonsense", id="no such form"),
        pytest.param("death", id="a form of no visit"),
        pytest.param("baseline", id="a form of another visit"),
    ],
)
def test_form_that_the_visit_does_not_ask_for_is_404(carla, visit, slug):
    address = f"/visits/{visit.pk}/forms/{slug}/"
    assert carla.get(address).status_code == 404
    assert carla.post(address, {"revision": "0"}).status_code == 404


def test_value_of_the_visit_before_is_shown_beside_the_input(carla, patient, visit, coordinator):
    screening = open_visit(patient, key="screening", by=coordinator)
    save_form("vital-signs", screening, by=coordinator, weight_kg="73.5")
    page = text_of(carla.get(f"/visits/{visit.pk}/forms/vital-signs/"))
    assert "last visit: 73.5" in page


@pytest.fixture
def scan(patient, visit, coordinator):
    """A scan without lesions yet."""
    return open_visit(patient, key="scan", by=coordinator)


SCAN = {
    "scanned_on": "2026-02-19",
    "method": "CT",
    "slice_mm": "5",
    "is_baseline": "Y",
    "row-TOTAL_FORMS": "2",
}


def lesion(row, organ, mm):
    values = {"lesion_kind": "target", "lesion_organ": organ, "status": "measured"}
    return {f"row-{row}-{name}": value for name, value in values.items()} | {
        f"row-{row}-diameter_mm": mm
    }


def measured():
    rows = LesionMeasurement.objects.order_by("lesion__number")
    return [(row.lesion.organ, str(row.diameter_mm)) for row in rows]


@pytest.fixture
def scan_address(scan):
    return reverse("enrollment:visit-form", args=[scan.pk, "tumor-assessment"])


def test_added_row_stores_the_lesion_once_however_often_it_is_sent(carla, scan_address):
    data = inputs_of(carla.get(scan_address)) | SCAN | lesion(0, "liver", "40")
    for _press in range(2):
        assert carla.post(scan_address, data).status_code == 302
    assert measured() == [("liver", "40.0")]
    assert Lesion.objects.count() == 1


def test_rows_added_by_two_people_at_once_all_stay_with_their_own_lesion(carla, iris, scan_address):
    page = inputs_of(carla.get(scan_address)) | SCAN
    assert iris.post(scan_address, page | lesion(0, "liver", "40")).status_code == 302

    response = carla.post(scan_address, page | lesion(0, "lung", "20"))
    assert response.status_code == 409
    assert measured() == [("liver", "40.0")]
    again = inputs_of(response) | {"reason_code": "source"}
    assert carla.post(scan_address, again).status_code == 302
    assert measured() == [("liver", "40.0"), ("lung", "20.0")]


def test_lesion_logged_after_the_page_was_opened_takes_no_other_row_s_value(
    carla, scan_address, patient, coordinator
):
    page = inputs_of(carla.get(scan_address)) | SCAN
    save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")

    response = carla.post(scan_address, page | lesion(0, "liver", "40"))
    assert response.status_code == 422
    assert "Lesion 1 · State – Enter a value." in summary_of(response)
    again = inputs_of(response)
    [row] = [name[:5] for name, value in again.items() if name.endswith("-key") and value]
    again |= {f"{row}-status": "measured", f"{row}-diameter_mm": "15"}
    assert carla.post(scan_address, again).status_code == 302
    assert measured() == [("lung", "15.0"), ("liver", "40.0")]


def test_conflict_shows_the_stored_value_of_each_row(
    carla, iris, scan_address, patient, coordinator
):
    save_form("lesions", patient, by=coordinator, number=1, kind="target", organ="lung")
    mm = {"row-0-status": "measured", "row-0-diameter_mm": "30"}
    carla.post(scan_address, inputs_of(carla.get(scan_address)) | SCAN | mm)
    page = inputs_of(carla.get(scan_address)) | {"reason_code": "source"}
    iris.post(scan_address, page | {"row-0-diameter_mm": "31"})
    response = carla.post(scan_address, page | {"row-0-diameter_mm": "32"})
    assert response.status_code == 409
    assert "yours 32.0 mm saved meanwhile 31.0 mm" in text_of(response)
    assert measured() == [("lung", "31.0")]
    again = inputs_of(response) | {"keep-row-0-diameter_mm": "mine"}
    assert carla.post(scan_address, again).status_code == 302
    assert measured() == [("lung", "32.0")]


def test_next_patient_is_the_most_urgent_other_one_and_home_when_none_waits(
    send, carla, trial, coordinator, visit
):
    assert send(**VALUES, save="patient")["Location"] == "/"
    other = make_enrolled_patient(trial, by=coordinator)
    waiting = other.visits.get(key="screening")
    again = {"ecog": "2", "reason_code": "source"}
    assert send(**again, save="patient")["Location"] == f"/visits/{waiting.pk}/"


def test_page_echoes_a_date_in_words_and_a_number_in_the_unit_of_the_field(carla, visit):
    address = f"/visits/{visit.pk}/forms/laboratory/"
    typed = {"sampled_on": "8jan26", "creatinine_umol_l": "1.2 mg/dL", "save": "check"}
    said = carla.post(address, inputs_of(carla.get(address)) | typed).json()["fields"]
    assert said == {
        "id_sampled_on": {"value": "2026-01-08", "echo": "Thursday, 8 January 2026"},
        "id_creatinine_umol_l": {"value": "106.1", "echo": "1.2 mg/dL = 106.1 µmol/L"},
    }
