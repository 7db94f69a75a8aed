"""Rows that are added and never changed: what the database refuses, whoever asks."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from core.append_only import REFUSAL, append_only_models
from core.models import AccessReview, TrainingRecord
from enrollment.models import Allocation, RandomizationList
from oversight.models import FieldComment, Lock, QueryMessage, lock_key
from oversight.triggers import missing_triggers
from tests.factories import make_member, make_randomized_trial, make_ready_patient

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def raw(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(write):
    with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
        write()


@pytest.fixture
def trial():
    return make_randomized_trial(per_stratum=4)


@pytest.fixture
def by(trial):
    return make_member(trial, "data-manager")


@pytest.fixture
def lock(trial, by):
    return Lock.objects.create(
        kind="lock",
        scope="trial",
        key=lock_key("trial", trial.pk),
        trial=trial,
        at=NOW,
        by=by,
        reason="end",
    )


def lift(by, reason="cleaning"):
    Lock.objects.update(lifted_at=timezone.now(), lifted_by=by, lift_reason=reason)


def test_delete_that_finds_no_row_is_let_through():
    """Django sends one to every table that hangs on the row it removes."""
    for model in append_only_models():
        raw(f'DELETE FROM "{model._meta.db_table}" WHERE 1 = 0')


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
def test_table_cannot_be_emptied_at_once():
    for model in append_only_models():
        refused(lambda: raw(f'TRUNCATE "{model._meta.db_table}" CASCADE'))  # noqa: B023


def test_table_that_lost_a_trigger_is_missed():
    table = "enrollment_unblinding"
    raw(
        f"DROP TRIGGER append_only_{table}_update"
        if connection.vendor == "sqlite"
        else f"DROP TRIGGER append_only_truncate ON {table}"
    )
    assert missing_triggers(connection) == [table]


@pytest.mark.parametrize("model", [AccessReview, FieldComment, QueryMessage, TrainingRecord])
def test_what_people_said_is_append_only(model):
    assert model in append_only_models()


def test_training_cannot_be_changed_or_removed(trial, by):
    TrainingRecord.objects.create(
        user=by, trial=trial, role="data-manager", what="GCP", taken_on=NOW.date()
    )
    refused(lambda: TrainingRecord.objects.update(what="GCP and more"))
    refused(lambda: raw("UPDATE core_trainingrecord SET recorded_by_id = 1"))
    refused(lambda: TrainingRecord.objects.all().delete())


def test_empty_field_named_so_is_filled_once(lock, by):
    lift(by)
    refused(lambda: lift(by, reason="other words"))
    refused(lambda: Lock.objects.update(lifted_at=None, lifted_by=None, lift_reason=""))


def test_filling_does_not_carry_another_change(lock, by):
    refused(
        lambda: Lock.objects.update(
            lifted_at=NOW, lifted_by=by, lift_reason="x", at=NOW - timedelta(days=1)
        )
    )
    refused(lambda: Lock.objects.update(key="trial:0"))


def test_place_of_a_list_is_given_once(trial, by):
    first, second = (make_ready_patient(trial, by=by) for _each in range(2))
    place = Allocation.objects.filter(stratum="0").order_by("sequence")[:1]

    def give(patient, number="R-0001"):
        Allocation.objects.filter(pk__in=place.values("pk")).update(
            patient=patient,
            number=number,
            allocated_on=NOW.date(),
            allocated_at=NOW,
            allocated_by=by,
        )

    give(first)
    refused(lambda: give(second))
    refused(lambda: give(first, number="R-0009"))
    refused(lambda: Allocation.objects.filter(patient=first).update(patient=None))
    refused(lambda: Allocation.objects.filter(patient__isnull=True).update(arm="study"))
    refused(lambda: Allocation.objects.filter(patient__isnull=True).delete())


def test_list_is_activated_and_retired_once_and_keeps_its_seed(trial):
    refused(lambda: RandomizationList.objects.update(activated_at=NOW))
    refused(lambda: RandomizationList.objects.update(seed="0" * 32))
    RandomizationList.objects.update(retired_at=NOW)
    refused(lambda: RandomizationList.objects.update(retired_at=None))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no REPLACE")
class TestReplace:
    """SQLite removes the row in the way without telling any trigger on DELETE."""

    def test_by_the_same_id(self, lock):
        refused(lambda: raw("INSERT OR REPLACE INTO oversight_lock SELECT * FROM oversight_lock"))

    def test_by_a_constraint_with_a_condition(self, lock):
        """Another lock of what is locked already would take the open lock's place."""
        columns = "kind, scope, key, trial_id, form, at, by_id, reason, lift_reason"
        again = f"SELECT {columns} FROM oversight_lock"
        refused(lambda: raw(f"INSERT OR REPLACE INTO oversight_lock ({columns}) {again}"))

    def test_after_the_condition_holds_no_longer(self, lock, by):
        lift(by)
        lock.pk = None
        lock.save()
        assert Lock.objects.count() == 2

    def test_by_an_update_that_fills(self, trial, by):
        patient = make_ready_patient(trial, by=by)
        one, other = Allocation.objects.order_by("pk")[:2]
        values = f"patient_id = {patient.pk}, number = 'R-1', allocated_on = '2026-01-01',"
        values += f" allocated_at = '2026-01-01', allocated_by_id = {by.pk}"
        raw(f"UPDATE enrollment_allocation SET {values} WHERE id = {one.pk}")
        refused(
            lambda: raw(
                f"UPDATE OR REPLACE enrollment_allocation SET {values} WHERE id = {other.pk}"
            )
        )


def test_many_to_many_rows_are_append_only_too():
    tables = {model._meta.db_table for model in append_only_models()}
    assert "enrollment_unblinding_patients" in tables
