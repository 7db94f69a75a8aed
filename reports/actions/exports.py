"""Handing out tables, with an entry in the audit trail that says who had what."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from core import audit
from outcomes.models import Snapshot, SnapshotTable
from reports.queries.tables import Kind, Scope, Table
from reports.queries.tables.rows import Rows, current_snapshot, derived_rows, rows_of, stored_table
from reports.queries.tables.snapshot import one_snapshot
from reports.queries.tables.text import csv_chunks


@dataclass
class CsvExport:
    """A file that is written while it is read. Close it, or nothing frees its connection."""

    row_count: int
    chunks: Iterator[str]
    snapshot: Snapshot | None
    """The cut that a derived table is of."""
    held: ExitStack

    def __iter__(self) -> Iterator[str]:
        with self.held:
            yield from self.chunks

    def close(self) -> None:
        self.held.close()


def check_can_export(table: Table, scope: Scope) -> None:
    """
    Raises:
        PermissionDenied: the table counts sites that the person may not export.
    """
    if not scope.covers(table):
        raise PermissionDenied(
            _("This table counts the patients of all sites, and you may export only some of them.")
        )


def export_csv(table: Table, scope: Scope) -> CsvExport:
    """Opens the file and notes the export, before a single row has left.

    Raises:
        PermissionDenied: the table counts sites that the person may not export.
    """
    check_can_export(table, scope)
    table = table.seen_in(scope.trial)
    if table.kind is Kind.DERIVED:
        return _export_derived(table, scope)
    with ExitStack() as held:
        rows = rows_of(table, scope, held.enter_context(one_snapshot()))
        row_count = rows.count()
        note_export(table, scope, rows=row_count, form="csv")
        chunks = csv_chunks(table.column_names, rows)
        held.callback(chunks.close)  # before the connection, in which its query is open
        return CsvExport(row_count, chunks, None, held.pop_all())


def note_export(table: Table, scope: Scope, *, rows: int, form: str) -> None:
    """The entry: who is the actor, what and how many rows are details."""
    audit.record(
        "export",
        by=scope.user,
        target=scope.trial,
        table=table.name,
        rows=rows,
        format=form,
        sites=sorted(scope.sites),
        patients=sorted(scope.patients),
    )


def _export_derived(table: Table, scope: Scope) -> CsvExport:
    snapshot = current_snapshot(scope.trial)
    stored = stored_table(table, snapshot)
    rows = derived_rows(table, scope, stored)
    row_count = rows.count()
    note_export(table, scope, rows=row_count, form="csv")
    chunks = _derived_chunks(table, scope, rows, stored)
    return CsvExport(row_count, chunks, snapshot, ExitStack())


def _derived_chunks(
    table: Table, scope: Scope, rows: Rows, stored: SnapshotTable | None
) -> Iterator[str]:
    """The stored text itself where all of it is asked for, so that its SHA-256 holds."""
    is_whole = not scope.sites and not scope.patients and scope.covers_all_sites
    if stored is not None and is_whole:
        return iter([stored.content])
    return csv_chunks(table.column_names, rows)
