"""Reading a table: count it, take a page of it, or walk through it without keeping it."""

import csv
import io
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from decimal import Decimal
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from core.models import Trial
from outcomes.models import Snapshot, SnapshotTable
from reports.queries.tables.column import Cell, Column, Type
from reports.queries.tables.scope import Scope
from reports.queries.tables.table import Table

CHUNK_ROWS = 500
_TABLE_READ = re.compile(r'\b(?:FROM|JOIN) "(\w+)"')
Row = list[Cell]


class Rows(Protocol):
    """What Django's Paginator needs, and a walk."""

    def count(self) -> int: ...
    def __getitem__(self, part: slice) -> list[Row]: ...
    def __iter__(self) -> Iterator[Row]: ...


class StoredRows:
    """Rows read by SQL. Cells are made from plain tuples, never from model instances."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        queryset: "QuerySet[Any]",
        using: BaseDatabaseWrapper | None = None,
    ) -> None:
        self.columns, self.queryset, self.using = columns, queryset, using or connection
        # A cell may share its source with others: all missing codes lie in one JSON value.
        sources: dict[Any, int] = {}

        def place(source: Any) -> int:
            return sources.setdefault(source, len(sources))

        self._cells = [(_picker(item.source, place), item.read) for item in columns]
        self._values = queryset.values_list(*sources)

    def count(self) -> int:
        numbers = self.queryset.order_by().values_list("pk")
        try:
            sql, values = numbers.query.get_compiler(connection=self.using).as_sql()
        except EmptyResultSet:
            return 0
        with self.using.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({sql}) AS counted", values)  # noqa: S608
            return int(cursor.fetchone()[0])

    def tables_read(self) -> set[str]:
        """The database's tables that the rows are made of, those of subqueries among them."""
        try:
            sql, _values = self._values.query.get_compiler(connection=self.using).as_sql()
        except EmptyResultSet:
            return set()
        return set(_TABLE_READ.findall(sql))

    def __getitem__(self, part: slice) -> list[Row]:
        return [self._row(values) for values in self._values[part]]

    def __iter__(self) -> Iterator[Row]:
        # Closed here, also when a cell cannot be made: not whenever the error is forgotten.
        with closing(fetched(self._values, self.using)) as found:
            for values in found:
                yield self._row(values)

    def _row(self, values: tuple[Any, ...]) -> Row:
        return [read(pick(values)) if pick else None for pick, read in self._cells]


def fetched(
    values: "QuerySet[Any]", using: BaseDatabaseWrapper | None = None
) -> Generator[tuple[Any, ...], None, None]:
    """As `QuerySet.iterator`, but on the connection that holds the snapshot."""
    compiler = values.query.get_compiler(connection=using or connection)
    results = compiler.execute_sql(chunked_fetch=True, chunk_size=CHUNK_ROWS)
    try:
        yield from compiler.results_iter(results)
    finally:
        if isinstance(results, Generator):  # it holds the cursor
            results.close()


def _picker(source: Any, place: Callable[[Any], int]) -> Callable[[tuple[Any, ...]], Any] | None:
    """Takes what a cell is made of from the values of a row."""
    if isinstance(source, tuple):
        places = [place(part) for part in source]
        return lambda values: tuple(values[at] for at in places)
    return itemgetter(place(source)) if source else None


class TextRows:
    """Rows of a derived table, read from the text that the snapshot holds."""

    def __init__(self, table: Table, text: str, keep: Callable[[dict[str, str]], bool]) -> None:
        self._columns, self._text, self._keep = table.columns, text, keep

    def count(self) -> int:
        return sum(1 for _row in self)

    def __getitem__(self, part: slice) -> list[Row]:
        return list(islice(iter(self), part.start, part.stop))

    def __iter__(self) -> Iterator[Row]:
        for line in csv.DictReader(io.StringIO(self._text, newline="")):
            if self._keep(line):
                yield [_cell(column, line.get(column.name, "")) for column in self._columns]


def rows_of(table: Table, scope: Scope, using: BaseDatabaseWrapper | None = None) -> Rows:
    """The rows that the scope allows; those of a derived table as the newest snapshot has them."""
    if table.model is not None:
        return StoredRows(table.columns, scope.rows_of(table), using)
    stored = stored_table(table, current_snapshot(scope.trial))
    return derived_rows(table, scope, stored)


def derived_rows(table: Table, scope: Scope, stored: SnapshotTable | None) -> TextRows:
    """The part of a derived table that the scope allows; nothing before the first night."""

    def keep(line: dict[str, str]) -> bool:
        if not table.has_patients:
            return True
        return (
            line["site"] in scope.allowed_codes
            and (not scope.patients or line["patient"] in scope.patients)
            and (not scope.visits or line["visit"] in scope.visits)
        )

    return TextRows(table, stored.content if stored is not None else "", keep)


def current_snapshot(trial: Trial) -> Snapshot | None:
    return Snapshot.objects.current(trial)


def stored_table(table: Table, snapshot: Snapshot | None) -> SnapshotTable | None:
    return SnapshotTable.objects.filter(snapshot=snapshot, name=table.name).first()


def _cell(column: Column, text: str) -> Cell:
    if column.type is Type.INTEGER and text.removeprefix("-").isdecimal():
        return int(text)
    if column.type is Type.DECIMAL and text:
        return Decimal(text)
    return text or None
