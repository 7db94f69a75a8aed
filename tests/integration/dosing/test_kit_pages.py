import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import AuditEntry
from dosing.actions.dispensing import choose_kit
from dosing.calc.kit_numbers import issue
from dosing.models import DailyDose, Kit, LedgerEntry, StorageReading
from tests.factories import make_member, make_randomized_trial, save_form
from tests.factories_kits import make_kits, make_reading
from tests.integration.dosing.conftest import NOW, sign_in
from tests.integration.enrollment.page import inputs_of, messages_of, summary_of, text_of

TODAY = "2026-01-08"


def page(name, *arguments):
    return reverse(f"dosing:{name}", args=arguments)


def last(kit):
    return LedgerEntry.objects.latest().get(kit=kit)


def release(visit):
    save_form(
        "capsule-course",
        visit,
        complete=False,
        started_on=visit.actual_date,
        is_day_one_observed="Y",
        has_day_one_reaction="N",
        is_rest_released="Y",
    )


def test_shipment_dispensing_return_and_destruction_through_the_pages(trial, disa, visit):
    [kit] = make_kits(trial, 1, received=False)
    assert kit.number in text_of(disa.get(page("stock-list", "small")))
    site = str(kit.site_id)
    shipment = {"site": site, "numbers": f" {kit.number.lower()} \n", "happened_on": TODAY}
    stock = page("stock-list", "small") + "?site=01"
    assert disa.post(page("kits-receive", "small"), shipment)["Location"] == stock
    assert "Choose a kit" in text_of(disa.get(stock))

    course = page("course-dispense", visit.pk)
    assert disa.post(page("course-choose", visit.pk))["Location"] == course
    assert kit.number in text_of(disa.get(course))
    handed = {"number": kit.number, "happened_on": TODAY}
    disa.post(course, handed)
    assert last(kit).with_patient == 6
    assert "not released" in text_of(disa.get(course))
    assert disa.post(course, handed).status_code == 422
    release(visit)
    disa.post(course, handed)
    assert last(kit).with_patient == 60

    back = {"capsules": "4", "lost": "1", "reason": "one fell", "happened_on": TODAY}
    assert disa.post(page("kit-return", kit.pk), back).status_code == 302
    gone = shipment | {"reason": "course over"}
    assert disa.post(page("kits-destroy", "small"), gone).status_code == 302
    assert (last(kit).status, last(kit).with_patient, last(kit).lost) == ("destroyed", 55, 1)
    assert "course over" in text_of(disa.get(page("kit-detail", kit.pk)))


def test_wrong_number_is_refused_beside_its_field(disa, kits, visit):
    disa.post(page("course-choose", visit.pk))
    wrong = next(kit for kit in kits if last(kit).status != "reserved")
    response = disa.post(
        page("course-dispense", visit.pk), {"number": wrong.number, "happened_on": TODAY}
    )
    assert response.status_code == 422
    assert "not the kit that was chosen" in messages_of(response)["number"]


def test_empty_stock_is_told_without_a_kit(disa, visit):
    response = disa.post(page("course-choose", visit.pk))
    assert response.status_code == 422
    assert "no suitable kit" in text_of(response)


def test_empty_shipment_names_what_to_enter(disa, kits):
    response = disa.post(page("kits-receive", "small"), {})
    assert response.status_code == 422
    assert any("at least one kit number" in line for line in summary_of(response))


def test_dispenser_of_another_site_moves_nothing_here(trial, kits):
    other = sign_in(make_member(trial, "dispenser", site="02"))
    values = {"site": str(kits[0].site_id), "numbers": kits[0].number, "happened_on": TODAY}
    response = other.post(page("kits-destroy", "small"), values | {"reason": "x"})
    assert response.status_code == 422
    assert last(kits[0]).status == "available"
    assert other.get(page("kit-detail", kits[0].pk)).status_code == 404


def test_excursion_is_shown_and_decided(trial, disa, kits):
    values = {
        "site": str(kits[0].site_id),
        "happened_on": TODAY,
        "lowest_c": "1.0",
        "highest_c": "8",
        "comment": "door open",
    }
    disa.post(page("temperature-list", "small"), values)
    reading = StorageReading.objects.get()
    assert "kits are in quarantine" in text_of(disa.get(page("stock-list", "small")))
    decide = page("excursion-decide", reading.pk)
    assert kits[0].number in text_of(disa.get(decide))
    decision = {"decision": "release", "reason": "sponsor's letter", "happened_on": TODAY}
    assert disa.post(decide, decision).status_code == 302
    assert not any(last(kit).is_quarantined for kit in kits)
    assert "It is decided" in text_of(disa.get(decide))


def test_correction_through_the_page_keeps_both_entries(disa, kits):
    kit = kits[0]
    count = {"capsules": "59", "happened_on": TODAY}
    disa.post(page("kit-count", kit.pk), count)
    wrong = last(kit)
    values = {"reason": "typed wrong", "happened_on": TODAY, "expected": str(wrong.pk)}
    assert disa.post(page("kit-correct", kit.pk), values).status_code == 302
    assert disa.post(page("kit-correct", kit.pk), values).status_code == 422
    assert [entry.kind for entry in LedgerEntry.objects.filter(kit=kit)] == [
        "receive",
        "count",
        "correct",
    ]


def test_loss_by_a_patient_wants_a_reason(disa, kits, visit):
    kit = choose_kit(visit, by=make_member(visit.patient.trial, "dispenser"), on=NOW.date())
    disa.post(page("course-dispense", visit.pk), {"number": kit.number, "happened_on": TODAY})
    response = disa.post(page("kit-patient-loss", kit.pk), {"capsules": "1", "happened_on": TODAY})
    assert response.status_code == 422
    values = {"capsules": "1", "happened_on": TODAY, "reason": "fell"}
    assert disa.post(page("kit-patient-loss", kit.pk), values).status_code == 302
    assert (last(kit).lost, last(kit).with_patient) == (1, 5)


def test_return_with_loss_but_no_reason_is_asked_again(disa, kits):
    values = {"capsules": "1", "lost": "2", "happened_on": TODAY}
    response = disa.post(page("kit-return", kits[0].pk), values)
    assert "how the capsules were lost" in messages_of(response)["reason"]


def test_label_carries_number_lot_and_expiry(disa, kits):
    said = text_of(disa.get(page("kit-print", kits[0].pk)))
    assert kits[0].number in said
    assert "2027-06-30" in said


def test_stock_takes_the_same_queries_for_many_kits(
    trial, disa, kits, visit, django_assert_max_num_queries
):
    with django_assert_max_num_queries(60) as few:
        disa.get(page("stock-list", "small"))
    make_kits(trial, 30)
    with django_assert_max_num_queries(len(few)):
        disa.get(page("stock-list", "small"))


# --- Reconciliation


def lots_of(client):
    text = client.get(page("reconciliation-csv", "small")).content.decode()
    return list(csv.DictReader(StringIO(text)))


def test_reconciliation_adds_up(trial, disa, kits, visit):
    disa.post(page("course-choose", visit.pk))
    kit = LedgerEntry.objects.latest().get(visit=visit).kit
    disa.post(page("course-dispense", visit.pk), {"number": kit.number, "happened_on": TODAY})
    disa.post(page("kit-return", kit.pk), {"capsules": "2", "happened_on": TODAY})
    [line] = lots_of(disa)
    assert (line["received"], line["dispensed"], line["returned"]) == ("240", "6", "2")
    assert (line["on_hand"], line["with_patients"], line["unexplained"]) == ("236", "4", "0")
    assert "yes" in text_of(disa.get(page("reconciliation-detail", "small")))


@pytest.mark.parametrize(("returned", "differs"), [(2, "0"), (3, "1")])
def test_reconciliation_compares_with_the_form(trial, disa, kits, visit, returned, differs):
    disa.post(page("course-choose", visit.pk))
    kit = LedgerEntry.objects.latest().get(visit=visit).kit
    disa.post(page("course-dispense", visit.pk), {"number": kit.number, "happened_on": TODAY})
    disa.post(page("kit-return", kit.pk), {"capsules": "2", "happened_on": TODAY})
    save_form(
        "capsule-course",
        visit,
        started_on=visit.actual_date,
        dispensed_capsules=6,
        returned_capsules=returned,
    )
    assert lots_of(disa)[0]["courses_that_differ"] == differs
    said = text_of(disa.get(page("reconciliation-detail", "small")))
    assert ("6, 3, 0" in said) is (differs == "1")


def test_reconciliation_shows_what_a_count_found(disa, kits):
    disa.post(page("kit-count", kits[0].pk), {"capsules": "58", "happened_on": TODAY})
    assert lots_of(disa)[0]["count_difference"] == "-2"
    disa.post(page("kit-count", kits[0].pk), {"capsules": "60", "happened_on": TODAY})
    assert lots_of(disa)[0]["count_difference"] == "0"


def test_reconciliation_leaves_out_what_was_corrected(disa, kits):
    values = {"site": str(kits[0].site_id), "numbers": kits[0].number, "happened_on": TODAY}
    disa.post(page("kits-destroy", "small"), values | {"reason": "x"})
    wrong = last(kits[0])
    values = {"reason": "wrong kit", "happened_on": TODAY, "expected": str(wrong.pk)}
    disa.post(page("kit-correct", kits[0].pk), values)
    [line] = lots_of(disa)
    assert (line["destroyed"], line["on_hand"], line["unexplained"]) == ("0", "240", "0")


def test_reconciliation_shows_own_sites_only(trial, kits):
    other = sign_in(make_member(trial, "dispenser", site="02"))
    assert lots_of(other) == []


def test_reconciliation_file_is_in_the_audit_trail(disa, kits):
    lots_of(disa)
    assert AuditEntry.objects.filter(event="export").latest("pk").changes["rows"] == 1


# --- Supply


@pytest.fixture
def blinded(db):
    return make_randomized_trial("blind")


@pytest.fixture
def fara(blinded):
    return sign_in(make_member(blinded, "unblinded-pharmacist", username="fara"))


def test_pharmacist_numbers_a_lot_and_takes_its_list(blinded, fara):
    values = {
        "lot": "P-1",
        "expires_on": "2027-01-31",
        "lowest_c": "2",
        "highest_c": "8",
        "site": str(blinded.sites.get(code="01").pk),
        "count-capsules": "6",
        "count-sham": "6",
        "seed": "11",
    }
    assert fara.post(page("kits-issue", "blind"), values).status_code == 302
    lot = blinded.lots.get()
    rows = list(csv.reader(StringIO(fara.get(page("lot-list", lot.pk)).content.decode())))
    assert len(rows) == 13
    assert sorted({row[-1] for row in rows[1:]}) == ["capsules", "sham"]
    assert AuditEntry.objects.filter(event="kit list read").count() == 1


def test_bad_upload_names_line_and_reason_and_stores_nothing(fara):
    lines = ["kit,lot,expires_on,lowest_c,highest_c,site,arm"]
    lines += [f"{issue('S', 1)},P-1,2027-01-31,2,8,01,wrong"]
    sent = {"kit_list": SimpleUploadedFile("kits.csv", "\n".join(lines).encode())}
    response = fara.post(page("kits-upload", "blind"), sent)
    assert response.status_code == 422
    assert "2 The arm is not one of this trial's arms." in text_of(response)
    assert not Kit.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"\xff\xfe\x00", "UTF-8", id="no text"),
        pytest.param(b"x" * 500_001, "too long", id="too long"),
    ],
)
def test_file_that_is_no_list_is_refused(fara, content, sentence):
    sent = {"kit_list": SimpleUploadedFile("kits.csv", content)}
    response = fara.post(page("kits-upload", "blind"), sent)
    assert response.status_code == 422
    assert sentence in text_of(response)


@pytest.mark.parametrize(("count", "is_low"), [(6, True), (8, False)])
def test_low_stock_is_told_by_arm_to_the_pharmacist(blinded, fara, count, is_low):
    make_kits(blinded, count)
    said = text_of(fara.get(page("supply-detail", "blind")))
    assert (f"Site 01: {count // 2} usable kits left" in said) is is_low


@pytest.mark.parametrize(
    "role", ["dispenser", "monitor", "data-manager", "coordinator", "investigator"]
)
def test_blinded_people_see_no_arm_on_any_page_of_kits(blinded, role):
    """`sham` is the name of an arm; `capsules` is a word of these pages."""
    kit = make_kits(blinded, 6)[0]
    reading = make_reading(blinded)
    person = sign_in(make_member(blinded, role))
    pages = [
        page("stock-list", "blind") + "?state=all",
        page("kit-detail", kit.pk),
        page("kit-print", kit.pk),
        page("reconciliation-detail", "blind"),
        page("reconciliation-csv", "blind"),
        page("temperature-list", "blind"),
        page("excursion-decide", reading.pk),
        page("supply-detail", "blind"),
        page("lot-list", kit.lot_id),
    ]
    for address in pages:
        said = person.get(address).content.decode().lower()
        assert "sham" not in said
        assert "other capsules" not in said


# --- The patient's page


def test_patient_page_shows_compliance_and_the_kit_to_the_coordinator(disa, kits, visit):
    disa.post(page("course-choose", visit.pk))
    kit = LedgerEntry.objects.latest().get(visit=visit).kit
    disa.post(page("course-dispense", visit.pk), {"number": kit.number, "happened_on": TODAY})
    save_form(
        "capsule-course",
        visit,
        started_on=visit.actual_date,
        is_rest_released="N",
        rows=[DailyDose(day=1, capsules_taken=3)],
    )
    coordinator = sign_in(make_member(visit.patient.trial, "coordinator", site="01"))
    address = reverse("enrollment:patient-detail", args=[visit.patient_id])
    said = text_of(coordinator.get(address))
    assert "3 / 6" in said
    assert "50 %" in said
    assert kit.number in said
    assert "Dispense" not in said
    assert page("kit-detail", kit.pk) not in coordinator.get(address).content.decode()
    assert page("course-dispense", visit.pk) in disa.get(address).content.decode()


def test_dose_decision_is_shown_on_the_schedule(trial, visit):
    coordinator = sign_in(make_member(trial, "coordinator", site="01"))
    log = reverse("enrollment:log-new", args=[visit.patient_id, "dose-decisions"])
    values = inputs_of(coordinator.get(log)) | {
        "decided_on": TODAY,
        "treatment": "capsules",
        "course": "1",
        "action": "hold",
        "reason": "laboratory",
        "reason_text": "platelets 40",
        "save": "exit",
    }
    assert coordinator.post(log, values).status_code == 302
    patient = reverse("enrollment:patient-detail", args=[visit.patient_id])
    assert "Capsules: hold" in text_of(coordinator.get(patient))
