"""The register of exports: read from the audit trail, so nothing in it can be changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from core.models import AuditEntry, Trial, User
from core.permissions import Permission, covers_trial

EVENT = "export"
MOST_LINES = 100


@dataclass(frozen=True)
class RegisterLine:
    """`sha256` is empty where a script took a stream, whose end nobody here sees."""

    at: datetime
    who: str
    tables: str
    rows: int
    form: str
    cut: int | None
    why: str
    sha256: str
    narrowed_to: str
    is_unblinded: bool


def register_of(trial: Trial, reader: User) -> list[RegisterLine]:
    """The newest exports of the trial; one's own only without the right to review the trail."""
    entries: QuerySet[AuditEntry] = AuditEntry.objects.filter(trial_id=trial.pk, event=EVENT)
    if not covers_trial(reader, Permission.AUDIT_REVIEW, trial=trial):
        entries = entries.filter(actor_id=reader.pk)
    return [_line(entry) for entry in entries.order_by("-pk")[:MOST_LINES]]


def _line(entry: AuditEntry) -> RegisterLine:
    said: dict[str, Any] = entry.changes
    narrowed = [*said.get("sites", []), *said.get("patients", []), *said.get("visits", [])]
    return RegisterLine(
        at=entry.at,
        who=entry.actor_name,
        tables=said.get("table", ""),
        rows=said.get("rows", 0),
        form=said.get("format", ""),
        cut=said.get("cut"),
        why=said.get("why", ""),
        sha256=said.get("sha256", ""),
        narrowed_to=", ".join(narrowed),
        is_unblinded=said.get("scope") == "unblinded",
    )
