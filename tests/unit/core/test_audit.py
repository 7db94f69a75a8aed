"""The trail is written by the database itself, whatever path a write takes."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit
from core.audit.triggers import missing_triggers
from core.models import AuditEntry, Trial, User

pytestmark = pytest.mark.django_db


def make_trial(**values):
    names = ("title_en", "title_zh", "short_title_en", "short_title_zh")
    return Trial.objects.create(slug="t", **dict.fromkeys(names, "T") | values)


def entries(row):
    return list(AuditEntry.objects.of_row(row))


def test_every_audited_table_is_watched():
    assert missing_triggers(connection) == []


def test_insert_names_who_why_and_values():
    user = User.objects.create_user("anna", full_name="Anna")
    audit.set_source("test")
    with audit.writing(by=user, reason="because"):
        trial = make_trial()
    [entry] = entries(trial)
    assert (entry.action, entry.actor_id, entry.actor_name) == ("insert", user.pk, "Anna")
    assert (entry.reason, entry.source) == ("because", "test")
    assert entry.changes["slug"] == [None, "t"]
    audit.set_source("")


def test_update_keeps_old_and_new_of_changed_fields_only():
    trial = make_trial()
    trial.title_en = "New"
    trial.save()
    assert entries(trial)[-1].changes == {"title_en": ["T", "New"]}


def test_update_that_changes_nothing_leaves_no_entry():
    trial = make_trial()
    trial.save()
    assert [entry.action for entry in entries(trial)] == ["insert"]


def test_bulk_update_is_audited():
    trial = make_trial()
    Trial.objects.update(title_en="Bulk")
    assert entries(trial)[-1].changes == {"title_en": ["T", "Bulk"]}


def test_raw_sql_is_audited_as_direct():
    trial = make_trial()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_trial SET title_en = 'Raw' WHERE id = %s", [trial.pk])
    entry = entries(trial)[-1]
    assert entry.changes == {"title_en": ["T", "Raw"]}
    assert (entry.actor_id, entry.source) == (None, "direct")


def test_delete_keeps_the_last_values():
    trial = make_trial()
    pk = trial.pk
    trial.delete()
    entry = AuditEntry.objects.get(table_name="core_trial", row_pk=str(pk), action="delete")
    assert entry.changes["slug"] == ["t", None]


def test_password_is_noted_but_not_kept():
    user = User.objects.create_user("anna", password="first-password-1")
    user.set_password("second-password-2")
    user.save()
    assert entries(user)[-1].changes == {"password": ["hidden", "hidden"]}
    assert not AuditEntry.objects.filter(changes__icontains="$").exists()


def test_after_writing_the_next_write_is_nobodys():
    user = User.objects.create_user("anna")
    with audit.writing(by=user):
        trial = make_trial()
    Trial.objects.update(title_en="Later")
    assert entries(trial)[-1].actor_id is None


def test_inner_block_may_give_its_own_reason_and_the_outer_ones_returns():
    user = User.objects.create_user("anna")
    with audit.writing(by=user, reason="outer"):
        trial = make_trial()
        with audit.writing(by=user, reason="inner"):
            Trial.objects.update(title_en="1")
        Trial.objects.update(title_en="2")
    assert [entry.reason for entry in entries(trial)] == ["outer", "inner", "outer"]


def test_refused_write_leaves_neither_row_nor_entry():
    user = User.objects.create_user("anna")
    before = AuditEntry.objects.count()
    with pytest.raises(RuntimeError), audit.writing(by=user):
        make_trial()
        raise RuntimeError
    assert not Trial.objects.exists()
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("verb", ["UPDATE core_auditentry SET reason = 'x'",
                                  "DELETE FROM core_auditentry"])  # fmt: skip
def test_trail_cannot_be_changed(verb):
    make_trial()
    with (
        pytest.raises(DatabaseError, match="cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


_COLUMNS = "at, action, event, table_name, row_pk, changes, actor_name, actor_role, reason, source"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows unasked")
def test_trail_cannot_be_replaced():
    make_trial()
    with (
        pytest.raises(DatabaseError, match="cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"REPLACE INTO core_auditentry (id, {_COLUMNS})"
            f" SELECT id, {_COLUMNS} FROM core_auditentry"
        )


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite replaces rows unasked")
def test_replaced_row_is_audited_as_removed():
    trial = make_trial()
    with connection.cursor() as cursor:
        cursor.execute("REPLACE INTO core_trial SELECT * FROM core_trial")
    assert [entry.action for entry in entries(trial)] == ["insert", "delete", "insert"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE")
@pytest.mark.parametrize("table", ["core_auditentry", "core_trial"])
def test_table_cannot_be_truncated(table):
    with (
        pytest.raises(DatabaseError, match=r"cannot be changed|no trace"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {table} CASCADE")


def test_trail_that_could_be_changed_is_missed():
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "DROP TRIGGER core_auditentry_no_delete"
            if sqlite
            else "DROP TRIGGER audit_is_append_only ON core_auditentry"
        )
    assert missing_triggers(connection) == ["core_auditentry"]


def test_event_keeps_details_and_target():
    user = User.objects.create_user("anna", full_name="Anna")
    trial = make_trial()
    audit.record("export", by=user, target=trial, table="visits", rows=3)
    entry = entries(trial)[-1]
    assert (entry.action, entry.event, entry.actor_name) == ("event", "export", "Anna")
    assert entry.changes == {"table": "visits", "rows": 3}
