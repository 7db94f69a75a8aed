"""Takes stray personal data out of the trail, and tells the chain's verification about it.

Two persons decide (`reports.actions.redactions`); the database's trigger lets exactly this one
UPDATE through. The seal goes on holding the hash from before. An entry then verifies when the
redactions lead, hash by hash, from what was sealed to what is there, and when the trail's own
entries about each redaction name the same hashes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from core.audit.reading import REDACTED
from core.models import AuditEntry, AuditRedaction

_PAIR = json.dumps([REDACTED, REDACTED])
_STATEMENT = {
    # Both write the column as the trigger expects it: the old value with one member replaced.
    "sqlite": "UPDATE core_auditentry"
    " SET changes = json_set(changes, '$.\"' || %s || '\"', json(%s)) WHERE id = %s",
    "postgresql": "UPDATE core_auditentry SET changes = jsonb_set(changes, ARRAY[%s], %s::jsonb)"
    " WHERE id = %s",
}


def overwrite(redaction: AuditRedaction) -> None:
    """Replaces the field's values, inside the transaction that confirms the redaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT[connection.vendor], [redaction.field, _PAIR, redaction.entry_id])


class Redactions:
    """Those that were carried out, by entry, as the verification meets them."""

    def __init__(self) -> None:
        people = ("proposed_by", "confirmed_by")
        done = AuditRedaction.objects.exclude(entry_digest_after="").select_related(*people)
        self._of_entry: dict[int, list[AuditRedaction]] = defaultdict(list)
        witnessed = _witnessed()
        for each in done.order_by("confirmed_at", "pk"):
            said = witnessed.get(str(each.pk), {})
            if all(said.get(name) == getattr(each, name) for name in _DIGESTS):
                self._of_entry[each.entry_id].append(each)
        self.told: list[str] = []

    def __contains__(self, entry_id: int) -> bool:
        return entry_id in self._of_entry

    def follow(self, entry_id: int, sealed: bytes, found: bytes) -> bytes:
        """The hash that the entry must have now, which was sealed with another one."""
        expected = sealed.hex()
        left, taken = list(self._of_entry[entry_id]), []
        while step := next((each for each in left if each.entry_digest_before == expected), None):
            left.remove(step)
            taken.append(step)
            expected = step.entry_digest_after
        if expected == found.hex():
            self.told += _told(taken)
        return bytes.fromhex(expected)


_DIGESTS = ("entry_digest_before", "entry_digest_after")


def _witnessed() -> dict[str, dict[str, str]]:
    """What the trail itself noted of the digests: the row of a redaction alone proves nothing."""
    noted: dict[str, dict[str, str]] = defaultdict(dict)
    entries = AuditEntry.objects.filter(
        table_name=AuditRedaction._meta.db_table, action=AuditEntry.Action.UPDATE
    )
    for row_pk, changes in entries.order_by("pk").values_list("row_pk", "changes"):
        for name in _DIGESTS:
            if name in changes:
                noted[row_pk].setdefault(name, changes[name][1])
    return noted


def _told(redactions: list[AuditRedaction]) -> Iterator[str]:
    for each in redactions:
        yield (
            f"redacted: entry {each.entry_id}, field {each.field},"
            f" by {each.proposed_by} and {each.confirmed_by}, reason: {each.reason}"
        )
