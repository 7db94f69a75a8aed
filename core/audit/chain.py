"""The hashes of the trail: one for each entry, and one for each seal that holds the one before.

SHA-256 throughout. An entry is hashed as the JSON list of its columns, each as the database writes
it, so that not a byte can change unseen. Nothing here decides what is sealed when (`sealing`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from core.audit.scope import COLUMNS
from core.models import AuditSeal

LEAF_BYTES = 32
START = "0" * 64
"""What the first seal takes for the hash of the one before."""

Ranges = list[list[int]]

_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_AS_WRITTEN = {
    # Without the cast Python would be given a moment, not what is written.
    "sqlite": {"at": "CAST(at AS text)"},
    "postgresql": {
        "at": "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        "changes": "changes::text",
    },
}
_COLUMNS = (
    "id",
    "table_name",
    "row_pk",
    "at",
    "action",
    "event",
    "changes",
    "actor_id",
    "actor_name",
    "actor_role",
    "reason",
    "source",
    *COLUMNS,
)


def read_entries(*, after: int, most: int) -> list[tuple[Any, ...]]:
    """Entries above an id, in the order of the ids; each starts with id, table and row."""
    as_written = _AS_WRITTEN[connection.vendor]
    chosen = ", ".join(as_written.get(name, name) for name in _COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {chosen} FROM core_auditentry WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608
            [after, most],
        )
        return cursor.fetchall()


def digest_of(entry_id: int) -> str:
    """The hash of one stored entry, in hexadecimal; empty where there is none."""
    found = read_entries(after=entry_id - 1, most=1)
    return leaf(found[0]).hex() if found and found[0][0] == entry_id else ""


def sealed_digest_of(entry_id: int) -> str:
    """The hash that a seal holds of the entry; empty as long as it is not sealed."""
    for seal in AuditSeal.objects.filter(first_id__lte=entry_id, last_id__gte=entry_id):
        for place, each in enumerate(in_ranges(seal.ranges)):
            if each == entry_id:
                start = place * LEAF_BYTES
                return bytes(seal.leaves)[start : start + LEAF_BYTES].hex()
    return ""


def leaf(entry: Sequence[Any]) -> bytes:
    """The hash of one entry as `read_entries` reads it."""
    return sha256(_TO_JSON(entry).encode("utf-8", "surrogatepass")).digest()


def hash_of(seal: AuditSeal, *, previous: str) -> str:
    """The hash that the seal must bear after a seal with the hash `previous`."""
    head = [
        previous,
        seal.pk,
        _utc(seal.sealed_at),
        seal.entry_count,
        seal.first_id,
        seal.last_id,
        seal.high_id,
        seal.settled_id,
        seal.transaction,
        seal.ranges,
    ]
    return sha256(_TO_JSON(head).encode() + b"\n" + bytes(seal.leaves)).hexdigest()


def as_ranges(ids: Iterable[int]) -> Ranges:
    """Ascending ids as pairs of first and last: 1, 2, 3, 7 is [[1, 3], [7, 7]]."""
    found: Ranges = []
    for each in ids:
        if found and found[-1][1] == each - 1:
            found[-1][1] = each
        else:
            found.append([each, each])
    return found


def in_ranges(ranges: Ranges) -> Iterator[int]:
    return (each for first, last in ranges for each in range(first, last + 1))


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
