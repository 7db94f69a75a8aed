"""The patient's part of the audit trail, in words."""

from collections.abc import Iterator

from core.audit.blinding import independent_tables, revealing_tables
from core.audit.reading import details_of, field_changes, model_of
from core.models import AuditEntry
from enrollment.models import Patient
from reports.queries.casebook.book import Entry


def trail_of(patient: Patient, *, is_blinded: bool) -> Iterator[Entry]:
    """Oldest first, without what belongs to nobody at the site. Of a blinded trial, no entry of a
    table and no field that tells the arm."""
    entries = AuditEntry.objects.filter(patient_id=patient.pk).order_by("pk")
    entries = entries.exclude(table_name__in=independent_tables())
    if is_blinded:
        entries = entries.exclude(table_name__in=revealing_tables())
    for entry in entries.iterator():
        changes = tuple(
            (item.field, str(item.label), item.old, item.new)
            for item in field_changes(entry, shows_arm=not is_blinded)
            if item.old != item.new
        )
        is_event = entry.action == AuditEntry.Action.EVENT
        if not changes and entry.action == AuditEntry.Action.UPDATE:
            continue  # only bookkeeping that the entry says itself
        yield Entry(
            id=entry.pk,
            at=entry.at,
            who=entry.actor_name,
            role=entry.actor_role,
            action=entry.event if is_event else entry.action,
            action_label=entry.event if is_event else str(entry.get_action_display()),
            table=entry.table_name,
            table_label=_label(entry.table_name),
            row=entry.row_pk,
            changes=changes,
            details=details_of(entry),
            reason=entry.reason,
            source=entry.source,
        )


def _label(table: str) -> str:
    model = model_of(table)
    return str(model._meta.verbose_name) if model is not None else table
