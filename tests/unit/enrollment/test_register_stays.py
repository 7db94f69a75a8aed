"""The unblinding register in the database itself: entries are added, none changed or removed."""

import pytest
from django.db import DatabaseError, connection, transaction

from core.models import Trial
from enrollment.models import Unblinding
from tests.factories import make_member, make_screened_patient, make_trial

pytestmark = pytest.mark.django_db

ENTRY, PATIENTS = "enrollment_unblinding", "enrollment_unblinding_patients"


@pytest.fixture
def trial():
    return make_trial(is_blinded=True)


@pytest.fixture
def entry(trial):
    by = make_member(trial, "coordinator")
    patient = make_screened_patient(trial, by=by)
    entry = Unblinding.objects.create(
        trial=trial, site=patient.site, kind="accidental", by=by, reason="a note lay open"
    )
    entry.patients.set([patient])
    return entry


def refused(statement):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {ENTRY} SET reason = 'nothing happened'",
        f"UPDATE {PATIENTS} SET patient_id = patient_id",
        f"DELETE FROM {PATIENTS}",
        f"DELETE FROM {ENTRY}",
    ],
)
def test_database_refuses_to_change_or_remove(entry, statement):
    refused(statement)
    kept = Unblinding.objects.get()
    assert (kept.reason, kept.patients.count()) == ("a note lay open", 1)


def test_another_row_does_not_take_the_place_of_one(entry):
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE is a word of SQLite")
    refused(f"INSERT OR REPLACE INTO {ENTRY} SELECT * FROM {ENTRY}")
    assert Unblinding.objects.get().pk == entry.pk


def test_orm_is_refused_too(entry):
    with pytest.raises(DatabaseError), transaction.atomic():
        Unblinding.objects.update(reason="nothing happened")
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.patients.clear()


def test_correction_is_another_entry(entry, trial):
    Unblinding.objects.create(
        trial=trial, site=entry.site, kind="accidental", by=entry.by, reason="it was closed"
    )
    assert Unblinding.objects.filter(trial=Trial.objects.get()).count() == 2
