"""Forms that a trial adds: each kind of field through entry, audit, query, signature and export."""

from contextlib import nullcontext
from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.calc.partial_date import PartialDate
from core.models import AuditEntry
from enrollment import registry
from enrollment.actions import load_definition
from enrollment.actions.signing import sign_records
from enrollment.added import as_field
from enrollment.calc.definition import FormField
from enrollment.models import AddedLogForm, AddedVisitForm, Visit
from enrollment.quality.run import run_checks
from enrollment.quality.scope import Scope
from enrollment.queries.content import content_of
from enrollment.queries.grid import patient_grid
from enrollment.queries.history import history_of_field
from enrollment.queries.patients import logs
from enrollment.queries.records import record_lines
from enrollment.queries.signatures import signatures_of
from enrollment.queries.spots import find_spot
from enrollment.queries.trials import current_version
from oversight.calc.content import sha256_of
from oversight.models import Meaning
from tests.factories import (
    OWN_FORMS,
    make_member,
    make_query,
    make_trial,
)
from tests.integration.enrollment.page import inputs_of, text_of

SCAN, DIARY = "small--organ-scan", "small--diary"
TYPED = {
    "scanner": "Mk 2",
    "length_mm": "１２０.5",  # as a Chinese input method types it
    "width_mm": "40",
    "nodules": "2",
    "has_ascites": "Y",
    "ascites_since": "2025-11",
    "seen": ["cyst", "varices"],
    "read_on": "8jan26",
}


@pytest.fixture
def trial(db):
    return make_trial(with_forms=True)


@pytest.fixture
def address(visit):
    return f"/visits/{visit.pk}/forms/{SCAN}/"


@pytest.fixture
def save(carla, address):
    def act(**change):
        page = inputs_of(carla.get(address))
        return carla.post(address, page | TYPED | {"save": "exit"} | change)

    return act


@pytest.fixture
def record(save):
    assert save().status_code == 302
    return registry.get(SCAN).model.objects.get()


def test_every_kind_is_stored_by_its_type_and_read_back(record):
    assert AddedVisitForm.objects.get().answers == {
        "scanner": "Mk 2",
        "length_mm": "120.5",
        "width_mm": "40.0",
        "nodules": 2,
        "has_ascites": "Y",
        "ascites_since": "2025-11",
        "seen": ["varices", "cyst"],
        "read_on": "2026-01-08",
    }
    assert record.length_mm == Decimal("120.5")
    assert record.ascites_since == PartialDate("2025-11")
    assert record.read_on == date(2026, 1, 8)
    assert record.seen == "varices cyst"
    assert record.is_complete


def test_database_reads_each_kind_as_its_column_would(record):
    names = ("scanner", "length_mm", "nodules", "ascites_since", "seen", "read_on")
    [found] = registry.get(SCAN).model.objects.values_list(*names)
    since = PartialDate("2025-11")
    day = date(2026, 1, 8)
    assert found == ("Mk 2", Decimal("120.5"), 2, since, "varices cyst", day)
    rows = registry.get(SCAN).model.objects
    assert rows.filter(length_mm__gt=Decimal("120.4"), read_on=day).exists()
    assert not rows.filter(length_mm__gt=Decimal("120.5")).exists()
    assert rows.filter(scanner="Mk 2").exists()


def test_page_has_labels_hint_unit_note_and_the_computed_value(carla, record, address):
    page = text_of(carla.get(address))
    for said in ("Spleen", "The longest diameter.", "mm", "Measured by the reader", "49.20"):
        assert said in page
    page = carla.get(address, headers={"accept-language": "zh-hans"})
    assert "器官扫描" in page.text


def test_computed_value_follows_what_is_typed_and_names_what_lacks(carla, address, visit):
    live = f"/visits/{visit.pk}/forms/{SCAN}/computed/"
    typed = inputs_of(carla.get(address)) | {"length_mm": "100", "has_ascites": "N"}
    assert "width" in text_of(carla.post(live, typed))
    assert "50.00" in text_of(carla.post(live, typed | {"width_mm": "50"}))


REFUSED = (
    ({"length_mm": "400.1"}, "from 1 to 400 mm"),
    ({"length_mm": "0.9"}, "from 1 to 400 mm"),
    ({"length_mm": "NaN"}, "Enter a number"),
    ({"width_mm": "1.25"}, "1 decimal place"),
    ({"nodules": "1.5"}, "whole number"),
    ({"has_ascites": "maybe"}, "not one of the available choices"),
    ({"seen": ["cyst", "<script>"]}, "not one of the available choices"),
    ({"read_on": "2026-02-30"}, "Enter a date"),
    ({"read_on": "2026-07-02"}, "not in the future"),
    ({"ascites_since": ""}, "Enter a value"),
    ({"width_mm": ""}, "say why it is missing"),
)


def test_bad_value_is_refused_beside_its_field_and_limits_are_taken(save):
    for change, said in REFUSED:
        response = save(**change)
        assert response.status_code == 422, change
        assert said in text_of(response), change
    assert not AddedVisitForm.objects.exists()
    kept = {"length_mm__because": "measured twice", "nodules__because": "counted twice"}
    assert save(length_mm="1", nodules="99", **kept).status_code == 302
    assert save(length_mm="400", reason_code="source", **kept).status_code == 302


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("2147483647", True),
        ("2147483648", False),
        ("-2147483648", True),
        ("-2147483649", False),
    ],
)
def test_whole_number_is_one_that_the_database_can_read(text, is_taken):
    label = {"en": "n", "zh_hans": "n"}
    field = as_field(FormField.model_validate({"id": "n", "kind": "number", "label": label}))
    field.set_attributes_from_name("n")
    with nullcontext() if is_taken else pytest.raises(ValidationError, match="Ensure this value"):
        assert field.formfield().clean(text) == int(text)


def test_hidden_field_is_not_asked_and_loses_its_value(save):
    assert save(has_ascites="N").status_code == 302
    assert "ascites_since" not in AddedVisitForm.objects.get().answers


def test_missing_code_and_history_stand_at_the_field(carla, record, address):
    page = inputs_of(carla.get(address))
    page |= TYPED | {"width_mm": "", "width_mm__missing": "ND", "nodules": "3", "save": "exit"}
    page |= {"reason_code": "source"}
    assert carla.post(address, page).status_code == 302
    record = registry.get(SCAN).model.objects.get()
    monitor = make_member(record.patient.trial, "monitor")
    [first, second] = history_of_field(record, "nodules", reader=monitor)
    assert (first.old, first.new, second.old, second.new) == ("", "2", "2", "3")
    assert second.why == "source"
    assert str(first.label) == "number of nodules"
    [_, coded] = history_of_field(record, "width_mm", reader=monitor)
    assert (coded.old, coded.new) == ("40.0", "not done")
    [seen] = history_of_field(record, "seen", reader=monitor)
    assert seen.new == "varices; cyst"


@pytest.mark.parametrize(
    ("theirs", "kept", "stored"),
    [
        (["cyst", "varices"], "theirs", "varices cyst"),
        ([], "theirs", ""),
        (["cyst", "varices"], "mine", "cyst"),
    ],
)
def test_several_codes_saved_meanwhile_can_be_taken_or_replaced(
    carla, trial, signed_in, address, theirs, kept, stored
):
    opened = inputs_of(carla.get(address))
    iris = signed_in(make_member(trial, "investigator", username="iris"))
    iris.post(address, opened | {"scanner": "Mk 3", "seen": theirs, "save": "draft"})
    page = carla.post(address, opened | {"seen": ["cyst"], "save": "draft"})
    assert page.status_code == 409
    shown = inputs_of(page) | {"keep-scanner": "theirs", "keep-seen": kept, "save": "draft"}
    assert carla.post(address, shown).status_code == 302
    record = registry.get(SCAN).model.objects.get()
    assert (record.scanner, record.seen) == ("Mk 3", stored)


def test_trail_holds_one_change_for_each_field(record):
    [entry] = AuditEntry.objects.of_row(record)
    assert entry.changes["length_mm"] == [None, "120.5"]
    assert entry.changes["seen"] == [None, ["varices", "cyst"]]
    assert entry.changes["form"] == [None, SCAN]
    assert "answers" not in entry.changes
    AddedVisitForm.objects.update(answers={"nodules": 2})  # past the application
    entry = AuditEntry.objects.of_row(record).last()
    assert entry.changes["length_mm"] == ["120.5", None]
    assert entry.changes["form"] == [SCAN, SCAN]
    assert "nodules" not in entry.changes


def test_it_is_queried_signed_and_the_signature_breaks(carla, record, address):
    spec, key = registry.get(SCAN), (SCAN, record.pk)
    investigator = make_member(record.patient.trial, "investigator")
    content = content_of(spec, record)
    assert content["values"]["length_mm"] == "120.5"
    seen = {key: sha256_of(content)}
    sign_records(seen, by=investigator, meaning=Meaning.values[0], at=timezone.now())
    assert [line.state for line in signatures_of(spec, record)] == ["signed"]
    page = inputs_of(carla.get(address)) | TYPED | {"length_mm": "121", "reason_code": "source"}
    assert carla.post(address, page).status_code == 302
    [line] = signatures_of(spec, record)
    assert line.state == "broken"
    assert [tuple(change) for change in line.changes] == [("length", "120.5", "121.0")]
    record.refresh_from_db()
    query = make_query(record, field="length_mm")
    assert query.form == SCAN
    assert find_spot(spec, record, row_number=None, field="length_mm").value == "121.0 mm"


def test_grid_and_work_count_it(patient, visit, record):
    [line] = [line for line in record_lines(patients=[patient.pk]) if line.form == SCAN]
    assert (line.pk, line.visit_id, line.state) == (record.pk, visit.pk, "complete")
    grid = patient_grid(
        [patient],
        current_version(patient.trial).definition,
        language="en",
        today=date(2026, 1, 9),
    )
    [cell] = [cell for cell in grid.rows[0].cells if cell and cell.visit.key == "C1D1"]
    assert cell.progress == "draft"  # its other forms are not begun
    Visit.objects.filter(pk=visit.pk).update(forms=[SCAN])
    grid = patient_grid(
        [patient],
        current_version(patient.trial).definition,
        language="en",
        today=date(2026, 1, 9),
    )
    [cell] = [cell for cell in grid.rows[0].cells if cell and cell.visit.key == "C1D1"]
    assert cell.progress == "complete"


def test_rows_of_a_log_are_numbered_for_each_patient(carla, patient):
    log = f"/patients/{patient.pk}/logs/{DIARY}/"
    for stools in ("3", "5"):
        page = inputs_of(carla.get(f"{log}new/"))
        typed = {"happened_on": "2026-02-01", "stools": stools, "save": "exit"}
        assert carla.post(f"{log}new/", page | typed)["Location"] == log
    rows = AddedLogForm.objects.order_by("row_number").values_list("form", "row_number")
    assert list(rows) == [(DIARY, 1), (DIARY, 2)]
    assert "5" in text_of(carla.get(log))
    row = AddedLogForm.objects.get(row_number=2)
    assert "35" in text_of(carla.get(f"{log}{row.pk}/"))


def test_other_trials_do_not_have_the_form(carla, signed_in, visit, record):
    other = make_trial("other")
    person = signed_in(make_member(other, "coordinator"))
    assert person.get(f"/visits/{visit.pk}/forms/{SCAN}/").status_code == 404
    assert all(spec.trial == "" for spec in registry.all_specs(trial="other"))


def test_form_that_a_database_client_spoiled_is_found(trial, record):
    AddedVisitForm.objects.update(answers={"length_mm": "900.0", "seen": ["nonsense"]})
    scope = Scope(trial, date(2026, 7, 1))
    found = {(code, place.field) for code, place in run_checks(scope) if place.form == SCAN}
    assert {("DQ-003", "length_mm"), ("DQ-002", "seen"), ("DQ-001", "nodules")} <= found


SHORTER = """

[[forms]]
id = "organ-scan"
kind = "visit"
title = { en = "organ scan", zh_hans = "器官扫描" }

[[forms.fields]]
id = "length_mm"
kind = "number"
label = { en = "long axis", zh_hans = "长轴" }
unit = "mm"
places = 1
hard = [5, 300]

[[forms.fields]]
id = "echo"
kind = "text"
label = { en = "echo", zh_hans = "回声" }
"""


def test_checks_of_a_record_are_those_of_its_patient_s_version(trial, visit, record):
    answers = AddedVisitForm.objects.get().answers | {"length_mm": "350.0"}
    AddedVisitForm.objects.update(answers=answers)
    source = current_version(trial).source.replace(OWN_FORMS.read_text("utf-8"), SHORTER)
    amended = load_definition(source, by=None).version

    def found():
        lines = run_checks(Scope(trial, date(2026, 7, 1)))
        return {(code, place.field) for code, place in lines if place.form == SCAN}

    assert found() == {("DQ-004", "length_mm")}  # 1 to 400 is possible, 50 to 200.5 usual
    visit.patient.version = amended
    visit.patient.save()
    assert found() == {("DQ-003", "length_mm"), ("DQ-001", "echo")}  # 5 to 300


def test_patient_keeps_the_version_and_what_a_later_one_drops_stays_readable(
    carla, trial, visit, record, address, save
):
    source = current_version(trial).source.replace(OWN_FORMS.read_text("utf-8"), SHORTER)
    amended = load_definition(source, by=None).version
    page = carla.get(address).text  # the patient's own version
    assert 'name="nodules"' in page
    assert 'name="echo"' not in page
    patient = visit.patient
    patient.version = amended
    patient.save()
    page = carla.get(address)
    assert 'name="nodules"' not in page.text
    assert 'name="echo"' in page.text
    values = inputs_of(page) | {"length_mm": "350", "echo": "dark", "reason_code": "source"}
    response = carla.post(address, values | {"save": "exit"})
    assert "from 5 to 300 mm" in text_of(response)
    assert carla.post(address, values | {"length_mm": "90"}).status_code == 302
    stored = AddedVisitForm.objects.get().answers
    assert (stored["nodules"], stored["length_mm"], stored["echo"]) == (2, "90.0", "dark")
    whole = registry.get(SCAN)
    assert [item.name for item in whole.fields][-1] == "echo"
    printed = text_of(carla.get(f"/patients/{patient.pk}/print/{SCAN}/{record.pk}/"))
    assert "Number of nodules" in printed
    assert "varices; cyst" in printed
    assert not [line for line in logs(patient) if line.spec.slug == DIARY]
    assert carla.get(f"/patients/{patient.pk}/logs/{DIARY}/new/").status_code == 404
