"""The audit trail as a file, which is itself noted in the trail."""

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import translation

from core import audit
from core.models import AuditEntry, Trial, User
from reports.queries.tables.column import Cell
from reports.queries.tables.text import csv_chunks
from reports.queries.trail import Wanted
from reports.queries.trail_lines import TrailLine, trail_lines

COLUMNS = [
    "entry", "at_utc", "at_local", "zone", "who", "role", "action", "event", "trial", "site",
    "patient", "visit", "form", "table", "row", "field", "label", "old", "new", "why", "from_where",
]  # fmt: skip
ENTRIES_A_READ = 500


def export_trail(
    entries: QuerySet[AuditEntry],
    *,
    by: User,
    trial: Trial,
    name: str,
    wanted: Wanted,
    shows_arm: bool,
    zone: ZoneInfo,
) -> Iterator[str]:
    """Notes the export, then the file piece by piece: a line for each changed field, old to new.

    The entry of the export itself is not in it.
    """
    asked = {key: str(value) for key, value in asdict(wanted).items() if value}
    noted = audit.record("export", by=by, target=trial, table=name, format="csv", asked=asked)
    before = entries.filter(pk__lt=noted.pk)
    return csv_chunks(COLUMNS, _rows(before, trial, shows_arm=shows_arm, zone=zone))


def _rows(
    entries: QuerySet[AuditEntry], trial: Trial, *, shows_arm: bool, zone: ZoneInfo
) -> Iterator[list[Cell]]:
    after = -(2**62)
    while page := list(islice(entries.filter(pk__gt=after).order_by("pk"), ENTRIES_A_READ)):
        # Exports are in English whoever asks; the pieces are made between other requests' work.
        with translation.override("en"):
            rows = [
                row
                for line in trail_lines(page, shows_arm=shows_arm, zone=zone)
                for row in _rows_of(line, trial)
            ]
        yield from rows
        after = page[-1].pk


def _rows_of(line: TrailLine, trial: Trial) -> Iterator[list[Cell]]:
    entry = line.entry
    head: list[Cell] = [
        entry.pk,
        line.utc.isoformat(timespec="milliseconds"),
        line.local.isoformat(timespec="milliseconds"),
        line.zone,
        entry.actor_name,
        entry.actor_role,
        entry.action,
        entry.event,
        trial.slug,
        line.site.code if line.site else None,
        str(line.patient) if line.patient else None,
        line.visit.key if line.visit else None,
        line.title if entry.table_name else None,
        entry.table_name,
        entry.row_pk,
    ]
    changed: list[list[Cell]] = [
        [item.field, str(item.label), item.old, item.new] for item in line.fields
    ]
    for cells in changed or [[None, None, None, line.details or None]]:
        yield [*head, *cells, entry.reason, entry.source]
