"""Rows that are added and never changed: what the database refuses, whoever asks."""

import pytest
from django.db import DatabaseError, connection, transaction

from core.append_only import REFUSAL, append_only_models
from oversight.triggers import missing_triggers

pytestmark = pytest.mark.django_db


def raw(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(statement):
    with pytest.raises(DatabaseError, match=REFUSAL), transaction.atomic():
        raw(statement)


def test_delete_that_finds_no_row_is_let_through():
    """Django sends one to every table that hangs on the row it removes."""
    for model in append_only_models():
        raw(f'DELETE FROM "{model._meta.db_table}" WHERE 1 = 0')


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no TRUNCATE")
def test_table_cannot_be_emptied_at_once():
    for model in append_only_models():
        refused(f'TRUNCATE "{model._meta.db_table}" CASCADE')


def test_table_that_lost_a_trigger_is_missed():
    table = "enrollment_unblinding"
    raw(
        f"DROP TRIGGER append_only_{table}_update"
        if connection.vendor == "sqlite"
        else f"DROP TRIGGER append_only_truncate ON {table}"
    )
    assert missing_triggers(connection) == [table]
