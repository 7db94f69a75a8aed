"""The chain over the trail: what somebody alters, removes or inserts is named."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core import audit
from core.audit import sealing
from core.audit.chain import START, as_ranges, hash_of, in_ranges, leaf, read_entries
from core.audit.sealing import seal_entries
from core.audit.triggers import missing_triggers
from core.audit.verification import Verification
from core.models import AuditEntry, AuditSeal, Trial

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def make_trial(slug="t"):
    names = ("title_en", "title_zh", "short_title_en", "short_title_zh")
    return Trial.objects.create(slug=slug, **dict.fromkeys(names, "T"))


def make_entries(count=5):
    """Some changes of one trial; returns the ids of their entries."""
    trial = make_trial()
    for number in range(count - 1):
        Trial.objects.update(title_en=f"T {number}")
    return [entry.pk for entry in AuditEntry.objects.of_row(trial)]


def as_owner(statement, *values, table="core_auditentry"):
    """What the owner of the database can do with a client: take the triggers off first."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DROP TRIGGER audit_is_append_only ON {table}")
        else:
            for verb in ("update", "delete", "replace"):
                cursor.execute(f"DROP TRIGGER {table}_no_{verb}")
        cursor.execute(statement, values)


def findings(**options):
    return [(item.kind, item.entry_id) for item in Verification(**options)]


def verified(*arguments):
    """What the command prints, and whether it was content."""
    out = StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except CommandError as error:
        return f"{out.getvalue()}{error}", error.returncode
    return out.getvalue(), 0


@pytest.fixture
def ids(db):
    found = make_entries()
    seal_entries(at=NOW)
    return found


def test_untouched_trail_is_verified(ids):
    assert findings() == []
    text, code = verified()
    assert code == 0
    assert f"entries: {AuditEntry.objects.count()}, seals: 1" in text
    assert "not sealed yet: 0" in text
    assert f"head: {AuditSeal.objects.get().hash}" in text


def test_empty_trail_is_verified(db):
    assert AuditEntry.objects.count() == 0
    assert seal_entries(at=NOW) == 0
    assert verified()[1] == 0


def test_each_entry_is_sealed_once(ids):
    assert seal_entries(at=NOW) == 0
    Trial.objects.update(title_en="later")
    assert seal_entries(at=NOW + timedelta(minutes=1)) == 1
    held = [each for seal in AuditSeal.objects.all() for each in in_ranges(seal.ranges)]
    assert sorted(held) == list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))
    assert findings() == []


def test_more_than_a_batch_becomes_several_seals(db, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 3)
    make_entries(8)
    assert seal_entries(at=NOW) == 8
    assert list(AuditSeal.objects.values_list("entry_count", flat=True)) == [3, 3, 2]
    assert findings() == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "'because'"),
        ("actor_name", "'Somebody else'"),
        ("actor_id", "7"),
        ("at", "'2020-01-01 00:00:00'"),
        ("changes", """'{"title_en": ["T", "x"]}'"""),
        ("action", "'delete'"),
        ("row_pk", "'9'"),
        ("source", "'elsewhere'"),
        ("site_id", "3"),
        ("patient_id", "3"),
        ("person_id", "3"),
    ],
)
def test_altered_entry_is_named(ids, column, value):
    as_owner(f"UPDATE core_auditentry SET {column} = {value} WHERE id = %s", ids[2])
    assert findings() == [("altered", ids[2])]
    text, code = verified()
    assert code == 1
    assert f"entry {ids[2]} (core_trial " in text


@pytest.mark.parametrize("at", [0, 2, 4], ids=["first", "middle", "last"])
def test_removed_entry_is_named(ids, at):
    as_owner("DELETE FROM core_auditentry WHERE id = %s", ids[at])
    assert findings() == [("removed", ids[at])]
    text, code = verified()
    assert (code, f"entry {ids[at]} was removed" in text) == (1, True)


def test_removal_of_everything_is_found(ids):
    every = sorted(AuditEntry.objects.values_list("pk", flat=True))
    as_owner("DELETE FROM core_auditentry")
    assert findings() == [("removed", each) for each in every]


_COLUMNS = "at, action, event, table_name, row_pk, changes, actor_name, actor_role, reason, source"


def insert_entry(entry_id, copied):
    """A copy of an entry under an id of one's own choosing."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO core_auditentry (id, {_COLUMNS})"
            f" SELECT %s, {_COLUMNS} FROM core_auditentry WHERE id = %s",
            [entry_id, copied],
        )


def test_entry_inserted_before_the_first_is_named(ids):
    Trial.objects.update(title_en="later")
    seal_entries(at=NOW)
    insert_entry(-5, ids[0])
    assert findings() == [("inserted", -5)]
    assert "entry -5 (core_trial " in verified()[0]


def test_entry_inserted_in_the_place_of_a_removed_one_is_altered(ids):
    as_owner("DELETE FROM core_auditentry WHERE id = %s", ids[1])
    insert_entry(ids[1], ids[3])
    assert findings() == [("altered", ids[1])]


def test_inserted_entry_is_not_sealed_afterwards(ids):
    Trial.objects.update(title_en="later")
    seal_entries(at=NOW)
    insert_entry(-5, ids[0])
    Trial.objects.update(title_en="still later")
    seal_entries(at=NOW)
    assert findings() == [("inserted", -5)]


def test_entry_with_another_id_is_missed_and_not_known(ids):
    as_owner("UPDATE core_auditentry SET id = 100000 WHERE id = %s", ids[1])
    verification = Verification()
    assert [(item.kind, item.entry_id) for item in verification] == [("removed", ids[1])]
    assert verification.unsealed == 1


def test_what_is_not_sealed_yet_is_counted(ids):
    Trial.objects.update(title_en="later")
    text, code = verified()
    assert code == 0
    assert "not sealed yet: 1, the first of " in text


def test_altered_seal_is_named(ids):
    as_owner("UPDATE core_auditseal SET entry_count = 4", table="core_auditseal")
    assert "seal 1 was altered" in verified()[0]


def test_hash_of_an_entry_exchanged_in_its_seal_is_found(ids):
    """Whoever alters an entry may alter its hash as well, but then the seal's is wrong."""
    as_owner("UPDATE core_auditentry SET reason = 'x' WHERE id = %s", ids[0])
    seal = AuditSeal.objects.get()
    leaves = b"".join(leaf(entry) for entry in read_entries(after=0, most=100))
    as_owner("UPDATE core_auditseal SET leaves = %s", leaves, table="core_auditseal")
    assert findings() == [("seal", None)]
    assert "seal 1 was altered" in verified()[0]
    assert seal.leaves != leaves


def test_seal_computed_anew_does_not_carry_the_next_one(ids):
    Trial.objects.update(title_en="later")
    seal_entries(at=NOW)
    first = AuditSeal.objects.get(pk=1)
    first.sealed_at += timedelta(days=1)
    as_owner(
        "UPDATE core_auditseal SET sealed_at = %s, hash = %s WHERE id = 1",
        first.sealed_at,
        hash_of(first, previous=START),
        table="core_auditseal",
    )
    assert "seal 2 was altered, or does not follow" in verified()[0]


def test_removed_seal_is_named(ids):
    for number in range(2):
        Trial.objects.update(title_en=f"later {number}")
        seal_entries(at=NOW)
    as_owner("DELETE FROM core_auditseal WHERE id = 2", table="core_auditseal")
    text, code = verified()
    assert (code, "seals 2 to 2 were removed" in text) == (1, True)


def test_end_that_was_cut_off_is_found_by_the_noted_head(ids):
    noted = AuditSeal.objects.get().hash
    Trial.objects.update(title_en="later")
    seal_entries(at=NOW)
    head = AuditSeal.objects.last().hash
    assert verified("--expect", noted)[1] == 0
    assert verified("--expect", head)[1] == 0
    last = AuditEntry.objects.order_by("pk").last().pk
    as_owner("DELETE FROM core_auditseal WHERE id = 2", table="core_auditseal")
    as_owner("DELETE FROM core_auditentry WHERE id = %s", last)
    assert findings() == []  # nobody could tell without the head
    assert findings(expected_head=head) == [("end", None)]
    assert verified("--expect", noted)[1] == 1  # for the triggers are gone


def test_missing_triggers_are_a_problem_of_the_verification(ids):
    as_owner("SELECT 1")
    text, code = verified()
    assert (code, "table core_auditentry is not watched" in text) == (1, True)


@pytest.mark.parametrize("verb", ["UPDATE core_auditseal SET hash = 'x'",
                                  "DELETE FROM core_auditseal"])  # fmt: skip
def test_seals_cannot_be_changed(ids, verb):
    with (
        pytest.raises(DatabaseError, match="cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)
    assert missing_triggers(connection) == []


def test_text_of_every_script_is_sealed(db):
    with audit.writing(by=None, reason='复查 "quoted" \\ \n é 🦠'):
        make_trial()
    seal_entries(at=NOW)
    assert findings() == []


@pytest.mark.parametrize(
    ("ids", "ranges"),
    [([], []), ([4], [[4, 4]]), ([1, 2, 3, 7, 9, 10], [[1, 3], [7, 7], [9, 10]])],
)
def test_ids_as_ranges(ids, ranges):
    assert as_ranges(ids) == ranges
    assert list(in_ranges(ranges)) == ids
