"""Which visits of a patient moved, when and why: read from the audit trail."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from core.models.audit import AuditEntry
from enrollment.calc.schedule import Move
from enrollment.models import Patient, Visit

MOST_SHOWN = 3
MOST_READ = 400
_ONE_WRITE = timedelta(seconds=5)
"""SQLite stamps every row of a write by itself."""


@dataclass
class MovedVisits:
    """The visits that one write moved, first visit first."""

    at: datetime
    by: str
    reason: str
    all: list[Move] = field(default_factory=list)

    @property
    def moves(self) -> list[Move]:
        return self.all[:MOST_SHOWN]

    @property
    def more(self) -> int:
        return len(self.all) - len(self.moves)


def moved_visits(patient: Patient) -> list[MovedVisits]:
    """Newest first, of the last few hundred moves."""
    entries = AuditEntry.objects.filter(
        patient_id=patient.pk,
        table_name=Visit._meta.db_table,
        action=AuditEntry.Action.UPDATE,
        changes__has_key="target_date",
    ).order_by("-pk")[:MOST_READ]
    labels = {str(visit.pk): visit.label for visit in Visit.objects.filter(patient=patient)}
    found: list[MovedVisits] = []
    for entry in entries:
        label = labels.get(entry.row_pk)
        if label is None:
            continue
        if not found or not _is_one_write(found[-1], entry):
            found.append(MovedVisits(entry.at, entry.actor_name, entry.reason))
        was, now = (date.fromisoformat(day) for day in entry.changes["target_date"])
        found[-1].all.append(Move(label, was, now))
    for each in found:
        each.all.sort(key=lambda move: move.was)
    return found


def _is_one_write(known: MovedVisits, entry: AuditEntry) -> bool:
    is_same = (known.by, known.reason) == (entry.actor_name, entry.reason)
    return is_same and known.at - entry.at < _ONE_WRITE
