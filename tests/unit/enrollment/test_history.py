"""From a field to what happened to it, in words."""

import pytest

from core.audit.blinding import revealing_columns
from core.fields import captured_fields
from core.models import AuditEntry, Membership
from core.queries.audit import field_history
from dosing.models import CapsuleCourse, DailyDose
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import VitalSigns
from enrollment.queries.history import history_of_field, history_of_form
from outcomes.models import AdverseEvent
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", username="carla")


@pytest.fixture
def visit(trial, carla):
    return open_visit(make_enrolled_patient(trial, by=carla), key="C1D1", by=carla)


def correct(record, *, by, reason="", **values):
    record = type(record).objects.get(pk=record.pk)
    for name, value in values.items():
        setattr(record, name, value)
    [spec] = [spec for spec in registry.all_specs() if spec.model is type(record)]
    return save_record(
        spec, record, by=by, complete=True, expected_revision=record.revision, reason=reason
    )


def steps(changes):
    return [(change.old, change.new) for change in changes]


def test_history_has_old_new_who_role_why_and_action(visit, carla):
    record = save_form("vital-signs", visit, by=carla, weight_kg="61.5", ecog="1")
    correct(record, by=carla, reason="typing error", weight_kg="65.1")
    first, second = history_of_field(record, "weight_kg", reader=carla)
    assert (first.old, first.new, first.action) == ("", "61.5", "insert")
    assert (second.old, second.new, second.action) == ("61.5", "65.1", "update")
    assert (second.who, second.role, second.why) == ("Carla", "coordinator", "typing error")
    assert second.at.utcoffset().total_seconds() == 0
    assert str(second.label) == "weight"


def test_codes_and_numbers_read_as_on_the_form(visit, carla):
    record = save_form("vital-signs", visit, by=carla, weight_kg="61.0", ecog="1")
    correct(record, by=carla, reason="x", ecog="2", weight_kg="62")
    assert steps(history_of_field(record, "ecog", reader=carla))[1] == (
        "1: restricted in strenuous activity",
        "2: up and about more than half of the day",
    )
    assert steps(history_of_field(record, "weight_kg", reader=carla))[1] == ("61.0", "62.0")


def test_missing_code_is_a_value_of_its_field(visit, carla):
    record = save_form("vital-signs", visit, by=carla, missing={"pulse_per_min": "ND"})
    correct(record, by=carla, reason="x", pulse_per_min=72, missing={})
    correct(record, by=carla, reason="x", pulse_per_min=None, missing={"pulse_per_min": "UNK"})
    correct(record, by=carla, reason="x", missing={"pulse_per_min": "NA"})
    assert steps(history_of_field(record, "pulse_per_min", reader=carla)) == [
        ("", "not done"),
        ("not done", "72"),
        ("72", "unknown"),
        ("unknown", "not applicable"),
    ]


def test_code_of_another_field_is_no_change_of_this_one(visit, carla):
    record = save_form("vital-signs", visit, by=carla, pulse_per_min=72)
    correct(record, by=carla, reason="x", missing={"weight_kg": "ND"})
    assert steps(history_of_field(record, "pulse_per_min", reader=carla)) == [("", "72")]


def test_term_without_a_choice_reads_as_in_tables(visit, carla):
    patient = visit.patient
    event = save_form("adverse-events", patient, by=carla, term="Nausea", complete=False)
    assert isinstance(event, AdverseEvent)
    assert steps(history_of_field(event, "term", reader=carla)) == [("", event.reads_as("term"))]


def test_form_s_history_has_its_rows_in_one_query(visit, carla, django_assert_num_queries):
    rows = [DailyDose(day=day, capsules_taken=2) for day in (1, 2)]
    course = save_form("capsule-course", visit, by=carla, rows=rows, dispensed_capsules=42)
    assert isinstance(course, CapsuleCourse)
    with django_assert_num_queries(3):  # trial, rows, entries
        changes = history_of_form(course, reader=carla)
    assert {change.table for change in changes} == {"dosing_capsulecourse", "dosing_dailydose"}
    assert ("dispensed_capsules", "", "42") in [(c.field, c.old, c.new) for c in changes]
    assert [(c.old, c.new) for c in changes if c.field == "capsules_taken"] == [("", "2")] * 2


def test_removed_row_keeps_its_history(visit, carla):
    record = save_form("vital-signs", visit, by=carla, pulse_per_min=72)
    pk = record.pk
    VitalSigns.objects.filter(pk=pk).delete()
    assert steps(field_history("enrollment_vitalsigns", pk, "pulse_per_min"))[-1] == ("72", "")


def test_what_would_tell_the_arm_is_left_out_for_the_blinded(visit, carla, monkeypatch):
    [pulse] = [item for item in captured_fields(VitalSigns) if item.name == "pulse_per_min"]
    told = type(pulse.captured)(reveals="the arm")
    monkeypatch.setattr(pulse, "captured", told)
    revealing_columns.cache_clear()
    record = save_form("vital-signs", visit, by=carla, pulse_per_min=72, ecog="1")
    trial = visit.patient.trial
    assert history_of_field(record, "pulse_per_min", reader=carla) != []
    trial.is_blinded = True
    trial.save()
    record.patient.trial.refresh_from_db()
    assert history_of_field(record, "pulse_per_min", reader=carla) == []
    assert history_of_field(record, "ecog", reader=carla) != []
    pharmacist = make_member(trial, "unblinded-pharmacist")
    assert history_of_field(record, "pulse_per_min", reader=pharmacist) != []
    revealing_columns.cache_clear()


def test_entries_outside_our_forms_are_read_too(trial, carla):
    entry = AuditEntry.objects.of_row(carla.memberships.get()).get()
    assert isinstance(carla.memberships.get(), Membership)
    role = field_history(entry.table_name, entry.row_pk, "role")
    assert steps(role) == [("", "Research coordinator")]
