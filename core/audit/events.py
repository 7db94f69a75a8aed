"""Entries for what is no change of a row: sign-ins, exports, runs."""

from typing import Any

from django.db import models

from core.audit.context import current_writer, writing
from core.audit.scope import ids_of
from core.models import AuditEntry, User


def record(
    event: str,
    *,
    by: User | None,
    target: models.Model | None = None,
    reason: str = "",
    **details: Any,
) -> AuditEntry:
    """Adds one event, e.g. `record("export", by=user, target=trial, table="visits", rows=81)`."""
    with writing(by=by, reason=reason):
        writer = current_writer()
        return AuditEntry.objects.create(
            action=AuditEntry.Action.EVENT,
            event=event,
            table_name=target._meta.db_table if target is not None else "",
            row_pk=str(target.pk) if target is not None else "",
            changes=details,
            actor_id=writer.actor_id,
            actor_name=writer.actor_name,
            actor_role=writer.actor_role,
            reason=writer.reason,
            source=writer.source,
            **(ids_of(target, AuditEntry._meta.db_table) if target is not None else {}),
        )
