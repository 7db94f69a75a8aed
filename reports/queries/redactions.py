"""Which entries of the trail a person may take stray personal data out of, and of which fields."""

from dataclasses import replace

from django.db.models import ForeignKey

from core.audit.blinding import revealing_columns, revealing_tables
from core.audit.reading import (
    BOOKKEEPING,
    KEPT_OUT,
    PLACES,
    REDACTED,
    field_label,
    model_of,
)
from core.models import AuditEntry, AuditRedaction, Trial, User
from core.permissions import Permission, has_permission
from reports.queries import trail
from reports.queries.trail_lines import TrailLine

_OWN = AuditRedaction._meta.db_table


def is_readable(trial: Trial, reader: User, entry: AuditEntry) -> bool:
    """Is it on the person's pages of the trail? Nobody redacts what they cannot see."""
    parts = [trail.trail_of_people(trial, reader)]
    if has_permission(reader, Permission.AUDIT_REVIEW, trial=trial):
        parts.append(trail.trail_of_trial(trial, reader))
    return any(part.filter(pk=entry.pk).exists() for part in parts)


def redactable_fields(entry: AuditEntry, *, shows_arm: bool) -> dict[str, str]:
    """Column (of an event: name of a detail) and its label.

    Without what points at rows and what says who and when: that is no personal data of a patient
    but what makes the trail one. The entries about redactions stay as they are.
    """
    if entry.event == "redaction" or entry.table_name == _OWN:
        return {}
    if not shows_arm and entry.table_name in revealing_tables():
        return {}
    left_out = BOOKKEEPING | PLACES | {"missing"} | _links(entry.table_name)
    if not shows_arm:
        left_out |= revealing_columns(entry.table_name)
    return {
        name: str(field_label(entry.table_name, name))
        for name, said in entry.changes.items()
        if name not in left_out and said not in (KEPT_OUT, [REDACTED, REDACTED])
    }


def _links(table: str) -> frozenset[str]:
    model = model_of(table)
    fields = model._meta.local_fields if model is not None else ()
    return frozenset(str(item.column) for item in fields if isinstance(item, ForeignKey))


def with_redactions(
    lines: list[TrailLine], *, trial: Trial, reader: User, shows_arm: bool
) -> list[TrailLine]:
    """The lines with what the reader may do about them: one query where that is anything."""
    if not has_permission(reader, Permission.AUDIT_REDACT, trial=trial):
        return lines
    waiting = AuditRedaction.objects.filter(
        trial=trial, confirmed_at=None, entry_id__in=[line.entry.pk for line in lines]
    )
    pending = dict(waiting.exclude(proposed_by=reader).values_list("entry_id", "pk"))
    return [
        replace(
            line,
            is_redactable=bool(redactable_fields(line.entry, shows_arm=shows_arm)),
            proposed=pending.get(line.entry.pk),
        )
        for line in lines
    ]
