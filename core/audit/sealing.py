"""Sealing: what is committed and not sealed yet goes into the chain, a short batch at a time.

Writers never wait for the sealer. On PostgreSQL ids are handed out before a transaction commits,
so a lower id may appear after a higher one was sealed. A seal therefore names its entries, and
a late one goes into a later seal. An id that never appears (its transaction was rolled back) is
settled as soon as every transaction is over that was running when the ids above it were sealed;
whatever appears at a settled id later is not ours, and `verification` says so.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core.audit.chain import START, as_ranges, hash_of, in_ranges, leaf, read_entries
from core.models import AuditSeal

logger = logging.getLogger(__name__)

BATCH = 1000
_LOCK = 7226018


def seal_entries(*, at: datetime) -> int:
    """Seals everything that is committed. Returns how many entries that were."""
    total = 0
    while True:
        sealed = _seal_batch(at)
        total += sealed
        if sealed < BATCH:
            return total


def _seal_batch(at: datetime) -> int:
    with transaction.atomic():
        if not _alone():
            return 0
        last = AuditSeal.objects.defer("leaves", "ranges").order_by("-pk").first()
        # In this order: oldest, entries, own. See `_settled`.
        oldest = _oldest_running_transaction()
        entries = _unsealed(last.settled_id if last else 0)
        own = _own_transaction()
        settled = _settled(last, entries, oldest)
        if not entries and not _closes_a_gap(last, settled):
            return 0
        seal = _seal(last, entries, at=at, settled=settled, own=own)
        seal.save(force_insert=True)
    # The log leaves the machine that holds the database: a witness of the chain's head.
    logger.info("sealed", extra={"seal": seal.pk, "entries": len(entries), "hash": seal.hash})
    return len(entries)


def _seal(
    last: AuditSeal | None, entries: list[tuple[Any, ...]], *, at: datetime, settled: int, own: int
) -> AuditSeal:
    ids = [entry[0] for entry in entries]
    seal = AuditSeal(
        pk=last.pk + 1 if last else 1,
        sealed_at=at,
        entry_count=len(ids),
        first_id=ids[0] if ids else 0,
        last_id=ids[-1] if ids else 0,
        high_id=max([*ids[-1:], last.high_id if last else 0]),
        settled_id=settled,
        transaction=own,
        ranges=as_ranges(ids),
        leaves=b"".join(map(leaf, entries)),
    )
    seal.hash = hash_of(seal, previous=last.hash if last else START)
    return seal


def _unsealed(settled: int) -> list[tuple[Any, ...]]:
    """The next entries above the settled id that no seal holds; a batch at most."""
    sealed: set[int] = set()
    for ranges in AuditSeal.objects.filter(last_id__gt=settled).values_list("ranges", flat=True):
        sealed.update(each for each in in_ranges(ranges) if each > settled)
    found: list[tuple[Any, ...]] = []
    after = settled
    while len(found) < BATCH and (page := read_entries(after=after, most=BATCH)):
        found += [entry for entry in page if entry[0] not in sealed]
        after = page[-1][0]
    return found[:BATCH]


def _settled(last: AuditSeal | None, entries: list[tuple[Any, ...]], oldest: int) -> int:
    """Up to which id everything is sealed by now or will never exist.

    An id below one that an earlier sealer saw was taken before that sealer's transaction got its
    number. Every transaction numbered before `oldest` was over before we read. So where that
    sealer's number is not above `oldest`, we have seen all there will ever be up to its id.
    """
    if last is None:
        return 0
    seen = AuditSeal.objects.filter(transaction__lte=oldest).order_by("-pk")
    high = seen.values_list("high_id", flat=True).first() or 0
    if len(entries) == BATCH:  # more may be waiting above
        high = min(high, entries[-1][0])
    return max(high, last.settled_id)


def _closes_a_gap(last: AuditSeal | None, settled: int) -> bool:
    """Is there more to say than the last seal said, though nothing was written since?"""
    return last is not None and settled > last.settled_id and connection.vendor == "postgresql"


# --- PostgreSQL numbers its transactions; SQLite has one writer at a time, nothing comes late ---


def _alone() -> bool:
    """False while another sealer is at work: the chain must not fork."""
    if connection.vendor != "postgresql":
        return True  # the transaction holds the only write lock
    return bool(_ask("SELECT pg_try_advisory_xact_lock(%s)", _LOCK))


def _oldest_running_transaction() -> int:
    if connection.vendor != "postgresql":
        return 0
    return int(_ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))


def _own_transaction() -> int:
    if connection.vendor != "postgresql":
        return 0
    return int(_ask("SELECT pg_current_xact_id()::text"))


def _ask(question: str, *arguments: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question, arguments)
        return cursor.fetchone()[0]
