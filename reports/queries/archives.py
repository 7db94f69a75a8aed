"""The archive of an export: its tables as far as the person may have them, of one moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils import timezone

from core.audit.numbers import complete_up_to
from core.models import AuditEntry
from enrollment.models import TrialVersion
from enrollment.queries.arms import is_unblinded
from outcomes.models import Snapshot
from reports.formats import Contents, Format, contents_of
from reports.formats.bundle import About, bundle
from reports.models import Cut, TableExport
from reports.queries.cuts import table_of_cut
from reports.queries.odm import odm_of
from reports.queries.odm.parts import parts_of
from reports.queries.tables import Scope, Table, tables_for
from reports.queries.tables.codebook import Entry, codebook
from reports.queries.tables.rows import current_snapshot, rows_of
from reports.queries.tables.snapshot import one_state
from reports.queries.tables.written import csv_of


@dataclass(frozen=True)
class Archive:
    content: bytes
    counts: dict[str, int]
    """Rows of each table."""


def archive_of(export: TableExport, scope: Scope, *, watch: Callable[[int], None]) -> Archive:
    """Reads the tables and packs them; `watch` is told how many are written. In English.

    A table that the person may not have, or that the cut did not have yet, is left out, and the
    manifest says so.
    """
    cut = export.snapshot
    seen = {table.name: table for table in tables_for(scope)}
    wanted = [table for name, table in seen.items() if name in export.tables]
    left_out = dict.fromkeys(sorted(set(export.tables) - seen.keys()), "there is no such table")
    complete, whole = complete_up_to(), b""
    if export.form == Format.ODM:
        captured = [part.table for part in parts_of(wanted)]
        for table in wanted:
            if table not in captured:
                left_out[table.name] = "ODM-XML has no place for it"
        wanted = captured
    with one_state():
        found = list(_contents(wanted, scope, cut, left_out))
        about = _about(export, scope, cut, complete, left_out)
        if export.form == Format.ODM:
            whole = "".join(odm_of(wanted, scope, at=about.at, number=complete)).encode()
    tables = [contents for contents, _lines in found]
    entries = [entry for _contents_of_table, lines in found for entry in lines]
    content = bundle(tables, entries, Format(export.form), about, watch=watch, whole=whole)
    return Archive(content, {table.name: table.row_count for table in tables})


def _contents(
    tables: list[Table], scope: Scope, cut: Snapshot | None, left_out: dict[str, str]
) -> Iterator[tuple[Contents, list[Entry]]]:
    version = cut.version if cut is not None else _newest(scope)
    definition = version.definition if version is not None else None
    for table in tables:
        if not scope.covers(table):
            left_out[table.name] = "it counts sites that the person may not export"
            continue
        read = _read(table, scope, cut)
        if read is None:
            left_out[table.name] = "the cut did not have it yet"
            continue
        columns, text = read
        # The codebook is today's: of a column that is gone since, nothing is known.
        entries = {entry.name: entry for entry in codebook([table], definition)}
        if unknown := [name for name in columns if name not in entries]:
            left_out[table.name] = f"nothing is known of its columns {', '.join(unknown)} any more"
            continue
        lines = [entries[name] for name in columns]
        yield contents_of(table.name, str(table.title), lines, text), lines


def _read(table: Table, scope: Scope, cut: Snapshot | None) -> tuple[list[str], str] | None:
    if cut is None:
        text = "".join(csv_of(table.column_names, rows_of(table, scope)))
        return table.column_names, text
    found = table_of_cut(table, cut, scope)
    return (found.columns, "".join(found.chunks)) if found is not None else None


def _newest(scope: Scope) -> TrialVersion | None:
    return TrialVersion.objects.filter(trial=scope.trial).order_by("-number").first()


def _scope_name(export: TableExport) -> str:
    if is_unblinded(export.trial):
        return "open"
    return "unblinded" if export.is_unblinded else "blinded"


def _about(
    export: TableExport,
    scope: Scope,
    cut: Snapshot | None,
    complete: int,
    left_out: dict[str, str],
) -> About:
    """Inside the state that is read. `complete`: the number up to which a later `since=` misses
    nothing; some entries after it may be in the tables, up to the newest one."""
    if cut is None:
        at, current = timezone.now(), current_snapshot(export.trial)
        newest = AuditEntry.objects.aggregate(last=Max("pk"))["last"]
        said: dict[str, Any] = {
            "snapshot": None,
            "derived_from_snapshot": current.pk if current is not None else None,
            "last_audit_entry": complete,
            "newest_audit_entry": newest,
        }
    else:
        kept = Cut.objects.get(snapshot=cut)
        at = kept.read_at
        said = {
            "snapshot": cut.pk,
            "cut_on": cut.cut_on.isoformat(),
            "rule_version": cut.rule_version,
            "last_audit_entry": kept.last_audit_id,
        }
    return About(
        trial=export.trial.slug,
        scope=_scope_name(export),
        sites=sorted(scope.allowed_codes),
        at=at,
        cut=said,
        left_out=left_out,
    )
