"""Saving a form: states, reasons, two people at once, double presses, the trail."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from core.refusals import Refused
from dosing.models import CapsuleCourse, DailyDose
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import EndOfTreatment, PriorTherapy, VitalSigns
from enrollment.policies import Conflict
from tests.factories import make_enrolled_patient, make_member, open_visit


@pytest.fixture
def visit(patient, coordinator):
    return open_visit(patient, key="C1D1", by=coordinator)


@pytest.fixture
def save(coordinator):
    def act(record, *, by=coordinator, complete=True, rows=(), reason="", revision=None):
        """Saves what a page shows that was opened when the record was read."""
        [spec] = [spec for spec in registry.all_specs() if spec.model is type(record)]
        return save_record(
            spec,
            record,
            by=by,
            complete=complete,
            expected_revision=record.revision if revision is None else revision,
            rows=rows,
            reason=reason,
        )

    return act


@pytest.fixture
def signs(visit):
    """A new form of vital signs with these values."""

    def make(**values):
        return VitalSigns(patient=visit.patient, visit=visit, **values)

    return make


def read(record):
    return type(record).objects.get(pk=record.pk)


def test_draft_is_stored_with_who_made_it(save, signs, coordinator):
    record = read(save(signs(ecog="1"), complete=False))
    assert (record.state, record.revision, record.ecog) == ("draft", 1, "1")
    assert (record.created_by, record.updated_by) == (coordinator, coordinator)
    assert (record.completed_by, record.completed_at) == (None, None)


def test_draft_becomes_complete_and_says_by_whom(save, signs, coordinator, trial):
    record = read(save(signs(ecog="1"), complete=False))
    other = make_member(trial, "investigator")
    record = read(save(record, by=other))
    assert (record.state, record.revision) == ("complete", 2)
    assert (record.created_by, record.updated_by, record.completed_by) == (
        coordinator,
        other,
        other,
    )
    assert record.completed_at is not None


def test_correction_keeps_who_completed_and_takes_a_reason(save, signs, trial, coordinator):
    completed = read(save(signs(ecog="1")))
    record, other = read(completed), make_member(trial, "investigator")
    record.ecog = "2"
    record = read(save(record, by=other, reason="source: the chart says 2"))
    assert (record.state, record.revision, record.ecog) == ("complete", 2, "2")
    assert (record.completed_by, record.completed_at) == (coordinator, completed.completed_at)
    entry = AuditEntry.objects.of_row(record).last()
    assert entry.changes["ecog"] == ["1", "2"]
    assert (entry.actor_id, entry.actor_role) == (other.pk, "investigator")
    assert entry.reason == "source: the chart says 2"


@pytest.mark.parametrize("reason", ["", "  "])
def test_correction_without_a_reason_is_refused(save, signs, reason):
    record = read(save(signs(ecog="1")))
    record.ecog = "2"
    with pytest.raises(Refused, match="Say why"):
        save(record, reason=reason)
    assert read(record).ecog == "1"


def test_complete_form_does_not_become_a_draft_again(save, signs):
    record = read(save(signs(ecog="1")))
    with pytest.raises(Refused, match="cannot become a draft"):
        save(record, complete=False, reason="because")
    assert read(record).state == "complete"


@pytest.mark.parametrize("state", ["verified", "signed"])
def test_correction_drops_verification_and_signature(save, signs, state):
    record = save(signs(ecog="1"))
    VitalSigns.objects.filter(pk=record.pk).update(state=state)
    record = read(record)
    record.ecog = "2"
    assert read(save(record, reason="because")).state == "complete"


def test_locked_form_takes_nothing(save, signs):
    record = save(signs(ecog="1"))
    VitalSigns.objects.filter(pk=record.pk).update(state="locked")
    record = read(record)
    record.ecog = "2"
    with pytest.raises(Refused, match="locked"):
        save(record, reason="because")
    assert read(record).ecog == "1"


def test_second_of_two_people_is_told_what_the_first_saved(save, signs, trial):
    first = save(signs(ecog="1"), complete=False)
    mine, theirs = read(first), read(first)
    theirs.weight_kg = Decimal("70.0")
    save(theirs, by=make_member(trial, "investigator"), complete=False)
    mine.weight_kg = Decimal("60.0")
    with pytest.raises(Conflict) as found:
        save(mine, complete=False)
    assert found.value.stored.weight_kg == Decimal("70.0")
    assert read(first).weight_kg == Decimal("70.0")


def test_two_people_who_begin_the_same_form_meet_in_a_conflict(save, signs):
    save(signs(ecog="1"))
    with pytest.raises(Conflict):
        save(signs(ecog="2"))
    assert VitalSigns.objects.get().ecog == "1"


def test_form_begun_twice_is_saved_once_the_person_has_compared(save, signs):
    first = save(signs(ecog="1"), complete=False)
    save(signs(ecog="2"), complete=False, revision=1)
    stored = VitalSigns.objects.get()
    assert (stored.pk, stored.ecog, stored.revision) == (first.pk, "2", 2)
    assert (stored.created_by, stored.created_at) == (first.created_by, first.created_at)


def test_same_new_form_twice_is_one_record(save, signs):
    save(signs(ecog="1"))
    save(signs(ecog="1"))
    assert VitalSigns.objects.get().revision == 1


def test_same_form_of_a_patient_twice_is_one_record(save, patient):
    def end(reason):
        return EndOfTreatment(patient=patient, ended_on=date(2026, 3, 1), reason=reason)

    save(end("toxicity"))
    save(end("toxicity"))
    with pytest.raises(Conflict):
        save(end("death"))
    assert EndOfTreatment.objects.get().revision == 1


def test_same_submission_twice_is_one_row_of_the_log(save, patient):
    name = uuid4()
    for _press in range(2):
        save(PriorTherapy(patient=patient, drugs="sorafenib", submission=name))
    assert PriorTherapy.objects.get().row_number == 1


def test_same_submission_with_other_values_is_a_conflict_and_then_a_change(save, patient):
    name = uuid4()
    save(PriorTherapy(patient=patient, drugs="sorafenib", submission=name), complete=False)
    other = PriorTherapy(patient=patient, drugs="lenvatinib", submission=name)
    with pytest.raises(Conflict):
        save(other, complete=False)
    save(other, complete=False, revision=1)
    stored = PriorTherapy.objects.get()
    assert (stored.drugs, stored.row_number, stored.revision) == ("lenvatinib", 1, 2)


def test_submission_of_another_patient_is_refused_and_tells_nothing(save, patient, trial):
    name = uuid4()
    other = make_enrolled_patient(trial, site="02")
    save(PriorTherapy(patient=other, drugs="sorafenib", submission=name))
    for drugs in ("sorafenib", "lenvatinib"):
        with pytest.raises(Refused) as refused:
            save(PriorTherapy(patient=patient, drugs=drugs, submission=name))
        assert not isinstance(refused.value, Conflict)
    assert PriorTherapy.objects.get().patient == other


def test_rows_of_a_log_are_numbered_within_the_patient(save, patient, trial):
    other = make_enrolled_patient(trial)
    rows = [save(PriorTherapy(patient=owner)) for owner in (patient, other, patient)]
    assert [row.row_number for row in rows] == [1, 1, 2]


@pytest.fixture
def course(visit):
    """A course with these capsules a day."""

    def make(*taken):
        record = CapsuleCourse(patient=visit.patient, visit=visit)
        days = enumerate(taken, start=1)
        return record, [DailyDose(day=day, capsules_taken=number) for day, number in days]

    return make


def taken():
    return list(DailyDose.objects.order_by("day").values_list("row_number", "capsules_taken"))


def test_rows_are_stored_with_their_form(save, course):
    record, rows = course(6, 5)
    save(record, rows=rows)
    assert taken() == [(1, 6), (2, 5)]


def test_rows_that_exist_are_changed_and_left_out_ones_stay(save, course, coordinator):
    record, rows = course(6, 5)
    record = save(record, rows=rows, complete=False)
    rows[0].capsules_taken = 4
    save(read(record), rows=rows[:1], complete=False)
    assert taken() == [(1, 4), (2, 5)]
    entry = AuditEntry.objects.of_row(rows[0]).last()
    assert (entry.changes, entry.actor_id) == ({"capsules_taken": [6, 4]}, coordinator.pk)


def test_same_form_with_the_same_rows_twice_is_one(save, course):
    for _press in range(2):
        record, rows = course(6, 5)
        save(record, rows=rows)
    assert taken() == [(1, 6), (2, 5)]
    assert CapsuleCourse.objects.get().revision == 1


def test_two_people_who_differ_only_in_the_rows_meet_in_a_conflict(save, course):
    record, rows = course(6, 5)
    save(record, rows=rows, complete=False)
    record, rows = course(6, 0)
    with pytest.raises(Conflict):
        save(record, rows=rows, complete=False)
    assert taken() == [(1, 6), (2, 5)]


def test_what_follows_is_undone_when_it_fails(signs, coordinator):
    def fail(record, by):
        raise RuntimeError

    spec = registry.FormSpec("vital-signs", VitalSigns, "vital_signs", after_save=fail)
    with pytest.raises(RuntimeError):
        save_record(spec, signs(ecog="1"), by=coordinator, complete=True)
    assert not VitalSigns.objects.exists()
    assert not AuditEntry.objects.filter(table_name="enrollment_vitalsigns").exists()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"state": "complete"}, id="complete by nobody"),
        pytest.param({"completed_at": "2026-01-01T00:00Z"}, id="completed at a time by nobody"),
    ],
)
def test_database_knows_who_completed(save, signs, change):
    record = save(signs(ecog="1"), complete=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        VitalSigns.objects.filter(pk=record.pk).update(**change)
