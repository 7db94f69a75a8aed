"""Stray personal data leave the trail by two persons, and the chain still verifies."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core import audit
from core.audit.chain import digest_of
from core.audit.reading import field_changes
from core.audit.sealing import seal_entries
from core.audit.triggers import missing_triggers
from core.audit.verification import Verification
from core.models import AuditEntry, AuditRedaction, AuditSeal, Trial
from core.refusals import Refused
from reports.actions.redactions import confirm_redaction, propose_redaction
from reports.queries.redactions import redactable_fields
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 1, tzinfo=UTC)
STRAY = 'Zq "Strayname" é'


@pytest.fixture
def trial():
    names = ("title_zh", "short_title_en", "short_title_zh")
    trial = Trial.objects.create(slug="t", title_en="T", **dict.fromkeys(names, "T"))
    Trial.objects.update(title_en=STRAY, title_zh="标题")
    Trial.objects.update(title_en="T")
    return trial


@pytest.fixture
def entry(trial):
    return AuditEntry.objects.of_row(trial)[1]


@pytest.fixture
def two():
    return make_user("anna"), make_user("ben")


@pytest.fixture
def proposed(entry, trial, two):
    seal_entries(at=NOW)
    return propose(entry, trial, two[0])


def propose(entry, trial, by, field="title_en"):
    return propose_redaction(entry, field, trial=trial, by=by, reason="a name", now=NOW)


def raw(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement, *values):
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        raw(statement, *values)


def without_guard():
    raw(
        "DROP TRIGGER core_auditentry_no_update"
        if connection.vendor == "sqlite"
        else "DROP TRIGGER audit_is_append_only ON core_auditentry"
    )


def findings():
    return [(item.kind, item.entry_id) for item in Verification()]


def test_confirmed_by_another_person_the_values_are_gone_and_the_chain_holds(
    proposed, entry, two, trial
):
    before = digest_of(entry.pk)
    confirm_redaction(proposed, by=two[1], now=NOW)
    entry.refresh_from_db()
    assert entry.changes == {"title_en": ["redacted", "redacted"], "title_zh": ["T", "标题"]}
    assert [change.new for change in field_changes(entry)] == ["(redacted)", "标题"]
    assert redactable_fields(entry, shows_arm=True).keys() == {"title_zh"}
    proposed.refresh_from_db()
    assert proposed.entry_digest_before == before
    assert proposed.entry_digest_after == digest_of(entry.pk) != before
    event = AuditEntry.objects.get(event="redaction")
    assert (event.actor_id, event.trial_id, event.reason) == (two[1].pk, trial.pk, "a name")
    told = AuditEntry.objects.filter(pk__gt=entry.pk + 1).values_list("changes", flat=True)
    assert "Strayname" not in str(list(told))
    seal_entries(at=NOW)
    verification = Verification()
    assert list(verification) == []
    line = f"redacted: entry {entry.pk}, field title_en, by {two[0]} and {two[1]}, reason: a name"
    assert verification.redacted == [line]
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert line in out.getvalue()


def test_person_who_proposed_cannot_confirm(proposed, entry, two):
    with pytest.raises(Refused, match="Somebody else must confirm"):
        confirm_redaction(proposed, by=two[0], now=NOW)
    with pytest.raises(DatabaseError, match="audit_redaction_by_two"), transaction.atomic():
        AuditRedaction.objects.update(
            confirmed_by=two[0], confirmed_at=NOW, entry_digest_before="0" * 64
        )
    assert AuditEntry.objects.get(pk=entry.pk).changes["title_en"] == ["T", STRAY]


def test_nothing_is_redacted_or_proposed_twice(proposed, entry, trial, two):
    with pytest.raises(Refused, match="proposed already"):
        propose(entry, trial, two[1])
    confirm_redaction(proposed, by=two[1], now=NOW)
    with pytest.raises(Refused, match="confirmed this redaction already"):
        confirm_redaction(proposed, by=two[1], now=NOW)


def test_both_fields_of_an_entry_one_after_the_other(proposed, entry, trial, two):
    confirm_redaction(proposed, by=two[1], now=NOW)
    confirm_redaction(propose(entry, trial, two[1], "title_zh"), by=two[0], now=NOW)
    verification = Verification()
    assert list(verification) == []
    assert len(verification.redacted) == 2


def test_entry_that_is_not_sealed_waits(entry, trial, two):
    redaction = propose(entry, trial, two[0])
    with pytest.raises(Refused, match="not sealed yet"):
        confirm_redaction(redaction, by=two[1], now=NOW)
    assert AuditSeal.objects.count() == 0
    redaction.refresh_from_db()
    assert redaction.confirmed_at is None


def test_altered_entry_is_not_covered_up(proposed, entry, two):
    without_guard()
    raw("UPDATE core_auditentry SET reason = 'x' WHERE id = %s", entry.pk)
    with pytest.raises(Refused, match="not what was sealed"):
        confirm_redaction(proposed, by=two[1], now=NOW)


WRITES = [
    """UPDATE core_auditentry SET changes = '{"title_en": ["redacted", "redacted"]}'""",
    "UPDATE core_auditentry SET reason = 'x'",
    "DELETE FROM core_auditentry",
]


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("state", ["proposed", "confirmed", "done"])
def test_raw_write_is_refused_before_during_and_after(proposed, entry, two, write, state):
    if state == "confirmed":
        AuditRedaction.objects.update(
            confirmed_by=two[1], confirmed_at=NOW, entry_digest_before="0" * 64
        )
    elif state == "done":
        confirm_redaction(proposed, by=two[1], now=NOW)
    refused(f"{write} WHERE id = %s", entry.pk)
    assert missing_triggers(connection) == []


def test_other_entry_is_not_opened_by_a_redaction(proposed, entry, two):
    AuditRedaction.objects.update(
        confirmed_by=two[1], confirmed_at=NOW, entry_digest_before="0" * 64
    )
    refused("UPDATE core_auditentry SET changes = changes WHERE id = %s", entry.pk + 1)


def test_tampering_afterwards_is_found(proposed, entry, two):
    confirm_redaction(proposed, by=two[1], now=NOW)
    without_guard()
    raw("UPDATE core_auditentry SET reason = 'x' WHERE id = %s", entry.pk)
    verification = Verification()
    assert [(item.kind, item.entry_id) for item in verification] == [("altered", entry.pk)]
    assert verification.redacted == []
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=StringIO())


def test_values_put_back_are_found(proposed, entry, two):
    with connection.cursor() as cursor:
        text = "changes::text" if connection.vendor == "postgresql" else "changes"
        cursor.execute(f"SELECT {text} FROM core_auditentry WHERE id = %s", [entry.pk])
        original = cursor.fetchone()[0]
    confirm_redaction(proposed, by=two[1], now=NOW)
    without_guard()
    raw("UPDATE core_auditentry SET changes = %s WHERE id = %s", original, entry.pk)
    assert findings() == [("altered", entry.pk)]


def test_redaction_that_the_trail_does_not_know_explains_nothing(proposed, entry, two):
    """The owner of the database alters an entry and adds a row that would excuse it."""
    confirm_redaction(proposed, by=two[1], now=NOW)
    without_guard()
    raw("UPDATE core_auditentry SET reason = 'x' WHERE id = %s", entry.pk)
    drop = "DROP TRIGGER {} ON core_auditredaction"
    if connection.vendor == "sqlite":
        names = ("append_only_core_auditredaction_update", "audit_core_auditredaction_update")
        drop = "DROP TRIGGER {}"
    else:
        names = ("append_only", "audit_row")
    for name in names:
        raw(drop.format(name))
    raw("UPDATE core_auditredaction SET entry_digest_after = %s", digest_of(entry.pk))
    assert findings() == [("altered", entry.pk)]


def test_event_loses_a_detail_but_the_entry_of_a_redaction_stays(trial, two):
    event = audit.record("failed sign-in", by=None, username=STRAY)
    seal_entries(at=NOW)
    confirm_redaction(propose(event, trial, two[0], "username"), by=two[1], now=NOW)
    event.refresh_from_db()
    assert event.changes == {"username": ["redacted", "redacted"]}
    assert findings() == []
    own = AuditEntry.objects.filter(event="redaction").get()
    assert redactable_fields(own, shows_arm=True) == {}
