"""Sealing beside writers who are not done: nothing is lost, nothing waits, nothing forks."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test import Client

from core.audit.chain import in_ranges
from core.audit.sealing import seal_entries
from core.audit.verification import Verification
from core.models import AuditEntry, AuditSeal, User
from core.tasks import seal_audit
from tests.factories import make_user

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PATIENCE_S = 120
postgresql_only = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer at a time"
)


@pytest.fixture
def other():
    """A second client of the database, in a transaction of its own."""
    with closing(connection.copy()) as client:
        client.set_autocommit(False)
        yield client


def rename(client, name):
    with client.cursor() as cursor:
        cursor.execute("UPDATE core_user SET full_name = %s", [name])


def sealed():
    return sorted(
        each for ranges in AuditSeal.objects.values_list("ranges", flat=True)
        for each in in_ranges(ranges)
    )  # fmt: skip


def wait_until_settled(entry_id):
    """Every writer of the server has to be over, those of tests beside this one, too."""
    deadline = time.monotonic() + PATIENCE_S
    while AuditSeal.objects.last().settled_id <= entry_id:
        assert time.monotonic() < deadline, f"entry {entry_id} is not settled"
        time.sleep(0.2)
        seal_entries(at=NOW)


def every_entry():
    return list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))


@postgresql_only
def test_entry_committed_late_goes_into_a_later_seal(committed_db, other):
    make_user("anna")
    seal_entries(at=NOW)
    rename(other, "Late")  # takes an id, is not committed
    make_user("bert")  # takes the next ones
    assert seal_entries(at=NOW) > 0
    assert list(Verification()) == []
    before = sealed()
    other.commit()
    late = set(every_entry()) - set(before)
    assert min(late) < max(before)
    assert seal_entries(at=NOW) == len(late)
    assert sealed() == every_entry()
    assert list(Verification()) == []


@postgresql_only
def test_id_that_was_rolled_back_is_settled_and_nothing_can_appear_there(committed_db, other):
    make_user("anna")
    rename(other, "Never")
    make_user("bert")
    seal_entries(at=NOW)
    other.rollback()
    gap = set(range(1, max(every_entry()))) - set(every_entry())
    inside = max(gap)
    wait_until_settled(inside)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_auditentry (id, at, action, event, table_name, row_pk, changes,"
            " actor_name, actor_role, reason, source) VALUES"
            " (%s, now(), 'event', 'made up', '', '', '{}', '', '', '', '')",
            [inside],
        )
    seal_entries(at=NOW)
    assert [(item.kind, item.entry_id) for item in Verification()] == [("inserted", inside)]


@postgresql_only
def test_sealing_does_not_wait_for_a_writer_nor_the_writer_for_it(committed_db, other):
    make_user("anna")
    seal_entries(at=NOW)
    rename(other, "Slow")
    make_user("bert")
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    assert seal_entries(at=NOW) > 0
    rename(other, "Slow again")
    other.rollback()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")


@postgresql_only
def test_sealers_at_the_same_time_make_one_chain(committed_db):
    for number in range(30):
        make_user(f"person {number}")
    start = Barrier(4)

    def seal(_number):
        start.wait()
        try:
            return seal_entries(at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(seal, range(4)))
    seal_entries(at=NOW)
    assert sum(counts) == len(every_entry())
    assert sealed() == every_entry()
    assert list(Verification()) == []


@postgresql_only
def test_writers_and_sealers_together_leave_nothing_unsealed(committed_db):
    """Eight writers, some of whom give up, while somebody seals without pause."""

    def write(number):
        try:
            for turn in range(5):
                with transaction.atomic():
                    User.objects.create(username=f"writer {number} {turn}")
                    transaction.set_rollback((number + turn) % 3 == 0)
                seal_entries(at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    seal_entries(at=NOW)
    assert sealed() == every_entry()
    assert list(Verification()) == []


def test_task_seals(db):
    make_user("anna")
    seal_audit.delay()
    assert sealed() == every_entry()


def test_small_site_seals_after_a_write_once_a_minute(db, settings):
    settings.AUDIT_SEALED_BY_REQUESTS = True
    make_user("anna")
    client = Client()
    client.get("/sign-in/")
    assert not AuditSeal.objects.exists()
    client.post("/sign-in/", {"username": "anna", "password": "wrong"})
    assert AuditSeal.objects.count() == 1
    assert sealed() == every_entry()
    client.post("/sign-in/", {"username": "anna", "password": "wrong"})
    assert AuditSeal.objects.count() == 1
