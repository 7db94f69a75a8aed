"""What the page of exports lists."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.models import Trial, User
from outcomes.models import NightlyRun, Snapshot, SnapshotTable
from outcomes.queries.freshness import why_old
from reports.queries.tables import Kind, Scope, Table, tables_seen_in
from reports.queries.tables.rows import current_snapshot, derived_rows, rows_of


@dataclass(frozen=True)
class Line:
    """`rows` is None where the person may not export all sites that the table counts."""

    table: Table
    rows: int | None


@dataclass(frozen=True)
class Group:
    title: str | Promise
    lines: list[Line]
    is_derived: bool


@dataclass(frozen=True)
class Exports:
    groups: list[Group]
    snapshot: Snapshot | None
    old: str
    """Why the snapshot's numbers are old; empty while they are not."""

    @property
    def is_empty(self) -> bool:
        return not any(line.rows for group in self.groups for line in group.lines)


_GROUPS = (
    (_("Patients and visits"), (Kind.CORE,)),
    (_("Forms"), (Kind.FORM, Kind.ROWS)),
    (_("Queries, verification, signatures and trail"), (Kind.OVERSIGHT,)),
    (_("Derived by the night"), (Kind.DERIVED,)),
)


def exports_of(trial: Trial, user: User) -> Exports:
    """Every table with the number of rows that the person may export."""
    scope, snapshot = Scope(user, trial), current_snapshot(trial)
    # The texts are read only to count those of some sites: the number of all rows is stored.
    known = SnapshotTable.objects.filter(snapshot=snapshot)
    known = known.defer("content") if scope.covers_all_sites else known
    stored = {table.name: table for table in known}
    groups = [
        Group(
            title,
            [_line(table, scope, stored) for table in tables_seen_in(trial) if table.kind in kinds],
            is_derived=Kind.DERIVED in kinds,
        )
        for title, kinds in _GROUPS
    ]
    runs = NightlyRun.objects.since_success(trial)
    old = why_old(snapshot, runs, now=timezone.now()) if snapshot is not None else ""
    return Exports(groups, snapshot, old)


def _line(table: Table, scope: Scope, stored: dict[str, SnapshotTable]) -> Line:
    if not scope.covers(table):
        return Line(table, None)
    if table.model is None:
        found = stored.get(table.name)
        if scope.covers_all_sites:
            return Line(table, found.rows if found is not None else 0)
        return Line(table, derived_rows(table, scope, found).count())
    return Line(table, rows_of(table, scope).count())
