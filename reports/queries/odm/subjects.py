"""The data of patients, some at a time: the document may be longer than the memory."""

from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from core.models import AuditEntry, Trial
from enrollment import registry
from enrollment.models import Patient
from oversight.models import Signature
from reports.queries.odm.parts import (
    Part,
    event_oid,
    form_oid,
    group_oid,
    item_oid,
    location_oid,
    signature_oid,
    user_oid,
)
from reports.queries.odm.xml import element, text
from reports.queries.tables import Cell, Column, Kind, Scope, Type
from reports.queries.tables.column import MISSING_SUFFIX, MissingOf, as_time
from reports.queries.tables.rows import StoredRows, fetched
from reports.queries.tables.scope import named
from reports.queries.tables.text import written

AT_ONCE = 50
"""Patients whose rows are in memory."""
_WRITES = (AuditEntry.Action.INSERT, AuditEntry.Action.UPDATE)


@dataclass(frozen=True)
class _Entry:
    """Of the trail."""

    number: int
    at: datetime
    actor_id: int | None
    reason: str


@dataclass
class _History:
    """The entry that made a row, and the last one that changed each column since."""

    made: _Entry
    changed: dict[str, _Entry] = field(default_factory=dict)


@dataclass(frozen=True)
class _Found:
    """One row of a table."""

    part: Part
    pk: int
    visit: str
    position: int
    form_repeat: Cell
    group_repeat: Cell
    cells: list[Cell]


def patients_in(scope: Scope) -> "QuerySet[Patient]":
    """In the order of all tables."""
    patients = Patient.objects.visible_to(scope.user).filter(site__in=scope.allowed_sites)
    if scope.patients:
        patients = patients.filter(named(scope.patients))
    return patients.order_by("site__code", "screening_number", "pk")


def writes_of(parts: list[Part]) -> "QuerySet[AuditEntry]":
    """The entries from which audit records are made."""
    tables = {_db_table(part) for part in parts}
    return AuditEntry.objects.filter(table_name__in=tables, action__in=_WRITES).order_by()


def subjects(
    parts: list[Part], scope: Scope, using: BaseDatabaseWrapper | None
) -> Generator[str, None, None]:
    """One element for each patient."""
    name = Coalesce("number", "screening_number")
    people = fetched(patients_in(scope).values_list("pk", "site__code", name), using)
    try:
        while batch := list(islice(people, AT_ONCE)):
            yield from _Batch(parts, scope, using, [pk for pk, _site, _name in batch]).told(batch)
    finally:
        people.close()


class _Batch:
    """What is known of some patients, each table and the trail read once."""

    def __init__(
        self,
        parts: list[Part],
        scope: Scope,
        using: BaseDatabaseWrapper | None,
        patients: list[int],
    ) -> None:
        self._using = using
        self._rows: dict[int, list[_Found]] = defaultdict(list)
        for part in parts:
            self._read(part, scope, patients)
        self._histories = self._read_trail(parts, patients)
        self._signatures = self._read_signatures(scope.trial, patients)

    def told(self, patients: list[tuple[int, str, str]]) -> Iterator[str]:
        for pk, site, name in patients:
            place = location_oid(site)
            events: dict[str, list[_Found]] = defaultdict(list)
            for row in sorted(self._rows[pk], key=lambda row: row.position):
                events[row.visit].append(row)
            yield element(
                "SubjectData",
                element("SiteRef", LocationOID=place),
                *(self._event(visit, rows, place) for visit, rows in events.items()),
                SubjectKey=name,
            )

    def _read(self, part: Part, scope: Scope, patients: list[int]) -> None:
        table = part.table
        visit = [column for column in table.columns if column.name in ("visit", "visit_sequence")]
        empty = Column("", "", Type.INTEGER)
        about = (
            Column("", "", Type.INTEGER, "pk"),
            Column("", "", Type.INTEGER, table.patient_id),
            *(visit or (empty, empty)),
            part.form_row or empty,
            part.group_row or empty,
        )
        found = scope.rows_of(table).filter(**{f"{table.patient_id}__in": patients})
        counted: dict[Any, Iterator[int]] = defaultdict(lambda: count(1))
        for row in StoredRows((*about, *part.items), found, self._using):
            pk, patient, key, position, form_repeat, group_repeat, *cells = row
            if part.is_group_repeated and group_repeat is None:
                group_repeat = next(counted[patient, key])
            self._rows[patient].append(  # type: ignore[index]
                _Found(
                    part,
                    pk,  # type: ignore[arg-type]
                    str(key or ""),
                    -1 if position is None else position,  # type: ignore[arg-type]
                    form_repeat,
                    group_repeat,
                    cells,
                )
            )

    def _read_trail(
        self, parts: list[Part], patients: list[int]
    ) -> dict[tuple[str, str], _History]:
        entries = writes_of(parts).filter(patient_id__in=patients).order_by("pk")
        names = ("table_name", "row_pk", "changes", "pk", "at", "actor_id", "reason")
        found: dict[tuple[str, str], _History] = {}
        for table, row, changes, *said in fetched(entries.values_list(*names), self._using):
            entry = _Entry(*said)
            history = found.setdefault((table, row), _History(entry))
            if history.made is entry:
                continue
            for name in changes.keys() - {"missing"}:
                history.changed[name] = entry
            before, after = changes.get("missing", ({}, {}))
            for name in {**before, **after}:
                if before.get(name) != after.get(name):
                    history.changed[name + MISSING_SUFFIX] = entry
        return found

    def _read_signatures(self, trial: Trial, patients: list[int]) -> dict[tuple[str, int], str]:
        """Of each record the last one that holds."""
        tables = {spec.slug: spec.table for spec in registry.all_specs(trial=trial.slug)}
        found = Signature.objects.filter(patient_id__in=patients, broken__isnull=True)
        names = ("form", "record_id", "signer_id", "site__code", "meaning", "signed_at")
        made = {}
        for form, record, signer, site, meaning, at in fetched(
            found.order_by("pk").values_list(*names), self._using
        ):
            if form in tables:
                made[tables[form], record] = element(
                    "Signature",
                    element("UserRef", UserOID=user_oid(signer)),
                    element("LocationRef", LocationOID=location_oid(site)),
                    element("SignatureRef", SignatureOID=signature_oid(meaning)),
                    element("DateTimeStamp", text(as_time(at))),
                )
        return made

    def _event(self, visit: str, rows: list[_Found], place: str) -> str:
        forms: dict[tuple[str, Cell], list[_Found]] = defaultdict(list)
        for row in rows:
            forms[row.part.form, row.form_repeat].append(row)
        return element(
            "StudyEventData",
            *(self._form(form, of_form, place) for (form, _repeat), of_form in forms.items()),
            StudyEventOID=event_oid(visit),
        )

    def _form(self, form: str, rows: list[_Found], place: str) -> str:
        signed = (
            self._signatures.get((form, row.pk), "")
            for row in rows
            if row.part.table.kind is Kind.FORM
        )
        return element(
            "FormData",
            next(signed, ""),
            *(self._group(row, place) for row in rows),
            FormOID=form_oid(form),
            FormRepeatKey=rows[0].form_repeat,
        )

    def _group(self, row: _Found, place: str) -> str:
        table = row.part.table
        history = self._histories.get((_db_table(row.part), str(row.pk)))
        items = zip(row.part.items, row.cells, strict=True)
        return element(
            "ItemGroupData",
            _record(history.made, place) if history else "",
            *(
                element(
                    "ItemData",
                    _last_change(column, history, place),
                    ItemOID=item_oid(table.name, column.name),
                    Value=written(cell),
                )
                for column, cell in items
                if cell is not None
            ),
            ItemGroupOID=group_oid(table.name),
            ItemGroupRepeatKey=row.group_repeat,
        )


def _last_change(column: Column, history: _History | None, place: str) -> str:
    changed = history.changed if history else {}
    entries = [changed[name] for name in _stored_in(column) if name in changed]
    return _record(max(entries, key=lambda entry: entry.number), place) if entries else ""


def _stored_in(column: Column) -> list[str]:
    """The columns of the database, in the row itself, that the cell is made of."""
    if isinstance(column.read, MissingOf):
        return [column.name]
    sources = column.source if isinstance(column.source, tuple) else (column.source,)
    ways = [source.partition("__") for source in sources if isinstance(source, str)]
    return [f"{head}_id" if further else head for head, further, _rest in ways]


def _record(entry: _Entry, place: str) -> str:
    return element(
        "AuditRecord",
        element("UserRef", UserOID=user_oid(entry.actor_id)),
        element("LocationRef", LocationOID=place),
        element("DateTimeStamp", text(as_time(entry.at))),
        element("ReasonForChange", text(entry.reason)) if entry.reason else "",
        element("SourceID", text(entry.number)),
    )


def _db_table(part: Part) -> str:
    if part.table.model is None:
        raise ValueError(f"{part.table.name} is no table of rows")
    return part.table.model._meta.db_table
