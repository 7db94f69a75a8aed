"""The history of a field or of rows, from the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise

from core.audit.reading import field_changes
from core.models import AuditEntry


@dataclass(frozen=True)
class Change:
    """One field of one row at one moment, in words. Empty texts where nothing was or is."""

    entry_id: int
    table: str
    row_pk: str
    field: str
    label: str | Promise
    old: str
    new: str
    who: str
    role: str
    at: datetime
    """In UTC; pages show the site's zone."""
    why: str
    source: str
    """From where: the page, task or command, `direct` for a database client."""
    action: str


def field_history(
    table: str, row_pk: int | str, field: str, *, shows_arm: bool = False
) -> list[Change]:
    """What happened to one field of one row, oldest first; missing codes count as values."""
    changes = row_history([(table, row_pk)], shows_arm=shows_arm)
    return [change for change in changes if change.field == field]


def row_history(rows: Iterable[tuple[str, int | str]], *, shows_arm: bool = False) -> list[Change]:
    """Every change of every field of these rows (table and key), oldest first, in one query."""
    named = Q()
    for table, pk in rows:
        named |= Q(table_name=table, row_pk=str(pk))
    if not named:
        return []
    entries = AuditEntry.objects.filter(named).order_by("pk")
    return [change for entry in entries for change in changes_of(entry, shows_arm=shows_arm)]


def changes_of(entry: AuditEntry, *, shows_arm: bool = False) -> list[Change]:
    return [
        Change(
            entry_id=entry.pk,
            table=entry.table_name,
            row_pk=entry.row_pk,
            field=item.field,
            label=item.label,
            old=item.old,
            new=item.new,
            who=entry.actor_name,
            role=entry.actor_role,
            at=entry.at,
            why=entry.reason,
            source=entry.source,
            action=entry.action,
        )
        for item in field_changes(entry, shows_arm=shows_arm)
    ]
