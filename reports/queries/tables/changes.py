"""What happened to the rows of a table since an entry of the audit trail.

A row of an export is made of rows of several tables of the database: the form, its visit, its
patient, the site. Which ones, the query itself says. Each entry about one of them names its
patient, so the smallest part that is sent anew is one patient's rows; an entry without a patient
(the trial, a site, a role of the reader) sends everything anew.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q, QuerySet

from core.models import AuditEntry, Membership, Site, TrainingRecord, Trial
from enrollment.models import Patient, Unblinding
from outcomes.models import Snapshot
from reports.queries.tables.rows import Row, Rows, StoredRows, fetched, rows_of
from reports.queries.tables.scope import Scope
from reports.queries.tables.table import Table

CHANGE = "_change"
"""The first column of an answer to `since`: `deleted` or `changed`."""
_TRAIL = AuditEntry._meta.db_table
_PERSONAL = frozenset({Membership._meta.db_table, TrainingRecord._meta.db_table})
PLANNED = str(Unblinding.Kind.PLANNED)
_SECRET = frozenset({Unblinding._meta.db_table, Unblinding.patients.through._meta.db_table})
_ALWAYS = _PERSONAL | {Trial._meta.db_table, Site._meta.db_table}


@dataclass(frozen=True)
class Trail:
    """The entries that touch what a reader sees of a table."""

    table: Table
    scope: Scope
    using: BaseDatabaseWrapper | None = None

    def last_number(self) -> int:
        """Of the entries that there are now; see `next_number` for whether more may appear."""
        newest = self._entries.order_by("-pk").values_list("pk")[:1]
        return next((number for (number,) in fetched(newest, self.using)), 0)

    def rows_since(self, number: int) -> Rows:
        """Lines for the columns `_change` and those of the table.

        A line `deleted` with a patient says: drop all rows of this patient; without one: drop all
        rows. The lines `changed` after them are to be added. A derived table comes whole: a night
        replaces it.
        """
        if self.table.model is None:
            return _Changed([self._deleted()], rows_of(self.table, self.scope))
        later = self._entries.filter(pk__gt=number)
        touched = {patient for (patient,) in fetched(_patients_of(later), self.using)}
        if None in touched or (touched and self._some_have_moved(later)):
            return _Changed([self._deleted()], rows_of(self.table, self.scope, self.using))
        if not touched:
            return _Changed([], None)
        return _Changed(self._deletions(later), self._stored(_patients_of(later)))

    @cached_property
    def _entries(self) -> "QuerySet[AuditEntry]":
        names = _ALWAYS | (self._stored().tables_read() if self.table.model else set())
        told = Q(table_name__in=names) & ~Q(action=AuditEntry.Action.EVENT)
        # Of the register only the planned unblinding of a trial changes what is exported.
        # An emergency unblinding must not show, not even as a number that moved.
        told |= Q(table_name=Unblinding._meta.db_table, changes__kind__1=PLANNED)
        if _TRAIL in names:
            told |= Q(patient_id__isnull=False) & ~Q(table_name__in=_SECRET)
            told |= Q(event="redaction")
        mine = ~Q(table_name__in=_PERSONAL) | Q(person_id=self.scope.user.pk)
        here = Q(trial_id=self.scope.trial.pk) | Q(trial_id__isnull=True)
        return AuditEntry.objects.filter(told, mine, here)

    def _stored(self, patients: "QuerySet[AuditEntry, Any] | None" = None) -> StoredRows:
        rows = self.scope.rows_of(self.table)
        if patients is not None:
            rows = rows.filter(**{f"{self.table.patient_id}__in": patients})
        return StoredRows(self.table.columns, rows, self.using)

    def _some_have_moved(self, later: "QuerySet[AuditEntry]") -> bool:
        """Out of the reader's sites, perhaps: then nobody is left to be named as deleted."""
        gone = Q(action=AuditEntry.Action.DELETE) | Q(changes__has_key="site_id")
        changes = later.filter(gone, table_name=Patient._meta.db_table)
        moved = changes.exclude(action=AuditEntry.Action.INSERT).values_list("pk")[:1]
        return any(fetched(moved, self.using))

    def _deletions(self, later: "QuerySet[AuditEntry]") -> list[Row]:
        """For both numbers of each patient: the rows may be known by the screening number."""
        patients = Patient.objects.visible_to(self.scope.user).filter(
            site__in=self.scope.allowed_sites, pk__in=_patients_of(later)
        )
        names = patients.order_by("site__code", "screening_number").values_list(
            "site__code", "screening_number", "number"
        )
        return [
            self._deleted(site=site, patient=name)
            for site, *both in fetched(names, self.using)
            for name in both
            if name is not None
        ]

    def _deleted(self, **keys: str) -> Row:
        known = keys | {"trial": self.scope.trial.slug}
        return ["deleted", *(known.get(name) for name in self.table.column_names)]


def _patients_of(entries: "QuerySet[AuditEntry]") -> "QuerySet[AuditEntry, Any]":
    return entries.order_by().values_list("patient_id").distinct()


def mark_of(trail: Trail, last_number: int, since: int | None, snapshot: Snapshot | None) -> str:
    """Stands for the content of an export: the same trail read in the same way gives the same."""
    scope = trail.scope
    read_as = [
        [(column.name, column.type, str(column.note)) for column in trail.table.columns],
        *(sorted(names) for names in (scope.sites, scope.patients, scope.visits)),
        sorted(scope.allowed_codes),
    ]
    read = [trail.table.name, last_number, since, snapshot and snapshot.pk, read_as]
    return sha256(json.dumps(read).encode()).hexdigest()[:32]


class _Changed:
    """Deletions first, then the rows that replace what was deleted."""

    def __init__(self, deletions: list[Row], rows: Rows | None) -> None:
        self._deletions, self._rows = deletions, rows

    def count(self) -> int:
        return len(self._deletions) + (self._rows.count() if self._rows is not None else 0)

    def __getitem__(self, part: slice) -> list[Row]:
        return list(self)[part]

    def __iter__(self) -> Iterator[Row]:
        return chain(self._deletions, (["changed", *row] for row in self._rows or ()))
