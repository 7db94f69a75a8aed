"""Handing out tables, with an entry in the audit trail that says who had what."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.audit.numbers import complete_up_to
from enrollment.queries.arms import note_export as note_arms
from outcomes.models import Snapshot
from reports.queries.cuts import table_of_cut
from reports.queries.odm import odm_of
from reports.queries.odm.parts import parts_of
from reports.queries.odm.subjects import patients_in
from reports.queries.tables import Kind, Scope, Table
from reports.queries.tables.changes import CHANGE, Trail, mark_of
from reports.queries.tables.rows import Rows, current_snapshot, fetched, rows_of, stored_table
from reports.queries.tables.snapshot import one_snapshot
from reports.queries.tables.text import csv_chunks
from reports.queries.tables.written import csv_of


@dataclass
class CsvExport:
    """A file that is written while it is read. Close it, or nothing frees its connection."""

    row_count: int
    chunks: Iterator[str]
    snapshot: Snapshot | None
    """The cut that a derived table is of."""
    held: ExitStack
    audit_number: int = 0
    """Every entry of the trail up to it is in the file: ask for changes `since` it next time.
    None is told of an earlier cut."""
    mark: str = ""
    """The same for the same content; empty while an entry may still appear that belongs to it."""

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


def export_csv(
    table: Table, scope: Scope, *, cut: Snapshot | None = None, since: int | None = None
) -> CsvExport:
    """Opens the file and notes the export, before a single row has left.

    With a cut it is the table as it was then; without rows where there was no such table yet.
    `since` is a number of the trail: only what changed after it, see `Trail.rows_since`.

    Raises:
        PermissionDenied: the table counts sites that the person may not export.
    """
    check_can_export(table, scope)
    if cut is not None:
        return _export_cut(table, scope, cut)
    table = scope.seen(table)
    audit_number = complete_up_to()  # before the snapshot, which then sees all of that
    with ExitStack() as held:
        using = None if table.kind is Kind.DERIVED else held.enter_context(one_snapshot())
        snapshot = current_snapshot(scope.trial) if table.kind is Kind.DERIVED else None
        trail = Trail(table, scope, using)
        rows = trail.rows_since(since) if since is not None else rows_of(table, scope, using)
        row_count, last_number = rows.count(), trail.last_number()
        mark = mark_of(trail, last_number, since, snapshot) if last_number <= audit_number else ""
        part: dict[str, Any] = {} if since is None else {"since": since}
        note_export(table, scope, rows=row_count, form="csv", **part)
        chunks = _chunks(table, scope, rows, since, snapshot)
        if isinstance(chunks, Generator):
            held.callback(chunks.close)  # before the connection, in which its query is open
        return CsvExport(row_count, chunks, snapshot, held.pop_all(), audit_number, mark)


def export_odm(tables: list[Table], scope: Scope) -> CsvExport:
    """As `export_csv`, of all tables in one document; its rows are patients."""
    tables = [part.table for part in parts_of(tables)]
    audit_number = complete_up_to()
    with ExitStack() as held:
        using = held.enter_context(one_snapshot())
        patients = patients_in(scope).order_by().values_list("pk")
        count = sum(1 for _patient in fetched(patients, using))
        names = ", ".join(table.name for table in tables)
        _note(scope, table=names, rows=count, format="odm")
        chunks = odm_of(tables, scope, at=timezone.now(), number=audit_number, using=using)
        held.callback(chunks.close)
        return CsvExport(count, chunks, None, held.pop_all(), audit_number)


def current_mark(table: Table, scope: Scope, *, since: int | None = None) -> str:
    """The mark that a file made now would have."""
    table = scope.seen(table)
    snapshot = current_snapshot(scope.trial) if table.kind is Kind.DERIVED else None
    trail = Trail(table, scope)
    return mark_of(trail, trail.last_number(), since, snapshot)


def _export_cut(table: Table, scope: Scope, cut: Snapshot) -> CsvExport:
    found = table_of_cut(table, cut, scope)
    rows = found.row_count if found is not None else 0
    note_export(table, scope, rows=rows, form="csv", cut=cut.pk)
    header = csv_chunks(scope.seen(table).column_names, [])
    return CsvExport(rows, found.chunks if found is not None else header, cut, ExitStack())


def note_export(table: Table, scope: Scope, *, rows: int, form: str, **more: Any) -> None:
    """The entry: who is the actor, what and how many rows are details."""
    _note(scope, table=table.name, rows=rows, format=form, **more)


def _note(scope: Scope, **said: Any) -> None:
    if scope.unblinded_for:
        note_arms(scope.trial, by=scope.user, reason=scope.unblinded_for)
        said |= {"scope": "unblinded", "why": scope.unblinded_for}
    audit.record(
        "export",
        by=scope.user,
        target=scope.trial,
        sites=sorted(scope.sites),
        patients=sorted(scope.patients),
        visits=sorted(scope.visits),
        **said,
    )


def _chunks(
    table: Table, scope: Scope, rows: Rows, since: int | None, snapshot: Snapshot | None
) -> Iterator[str]:
    """The stored text itself where all of it is asked for, so that its SHA-256 holds."""
    if since is not None:
        return csv_chunks([CHANGE, *table.column_names], rows)
    stored = stored_table(table, snapshot) if snapshot is not None else None
    if stored is not None and not scope.is_narrowed and scope.covers_all_sites:
        return iter([stored.content])
    return csv_of(table.column_names, rows)
