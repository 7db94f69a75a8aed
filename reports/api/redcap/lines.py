"""The rows of the tables, brought together by patient and event.

One query a table, all in the same order of patients; what is held is the rows of one patient.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

from reports.api.redcap.events import event_name
from reports.api.redcap.instruments import PATIENT, Instrument, complete_code
from reports.api.redcap.selection import Part, Selection
from reports.queries.tables import Column, Scope, Table, find_table
from reports.queries.tables.rows import Row, rows_of
from reports.queries.tables.snapshot import one_snapshot


@dataclass(frozen=True)
class Key:
    """Where a row stands: no instrument and 0 where nothing repeats."""

    event: str
    instrument: str = ""
    instance: int = 0


@dataclass(frozen=True)
class Line:
    """A row of the flat export; all values are raw."""

    patient: str
    group: str
    """Code of the site."""
    key: Key
    values: dict[str, str] = field(default_factory=dict)


class Reader:
    """Reads rows of one instrument."""

    def __init__(self, part: Part) -> None:
        item = part.instrument
        asked: list[Column | None] = [item.column("patient"), item.column("visit"), item.status]
        asked.append(item.column("row") if _is_numbered(item) else None)
        for each in part.fields:
            asked += [each.column, each.missing]
        # Each once: the state is a field, too.
        self.columns = tuple(dict.fromkeys(column for column in asked if column is not None))
        self._part, self._item = part, item
        self._place = {column.name: at for at, column in enumerate(self.columns)}

    @property
    def table(self) -> Table:
        return replace(self._item.table, columns=self.columns)

    def read(self, rows: Iterable[Row]) -> Iterator[tuple[Key, dict[str, str]]]:
        """The rows of one patient."""
        seen: Counter[str] = Counter()
        for row in rows:
            event = event_name(str(self._cell(row, "visit") or ""))
            seen[event] += 1
            yield self._key(row, event, seen[event]), self._values(row)

    def _key(self, row: Row, event: str, count: int) -> Key:
        if not self._item.repeats:
            return Key(event)
        number = self._cell(row, "row") if _is_numbered(self._item) else count
        return Key(event, self._item.name, int(number or count))

    def _values(self, row: Row) -> dict[str, str]:
        values = {}
        for each in self._part.fields:
            missing = self._cell(row, each.missing.name) if each.missing is not None else None
            values[each.name] = each.text(self._cell(row, each.column.name), missing)
        if self._part.with_complete:
            status = self._item.status
            found = self._cell(row, status.name) if status is not None else ""
            values[self._item.complete] = complete_code(found)
        return values

    def _cell(self, row: Row, name: str) -> Any:
        place = self._place.get(name)
        return row[place] if place is not None else None


def _is_numbered(item: Instrument) -> bool:
    """Its rows have a number that is unique in their event; those inside a log have not."""
    row = item.column("row")
    return row is not None and bool(row.source) and item.column("log_row") is None


def lines_of(selection: Selection, scope: Scope) -> Generator[Line, None, None]:
    """Patient by patient, from one moment of the database. Close it, or its queries stay open."""
    readers = [Reader(part) for part in selection.parts]
    order = _order(selection)
    with ExitStack() as held:
        using = held.enter_context(one_snapshot())

        def opened(table: Table) -> Iterator[Row]:
            rows = iter(rows_of(table, scope, using))
            if isinstance(rows, Generator):  # closed before the connection that its query is in
                held.callback(rows.close)
            return rows

        streams = [_Stream(opened(reader.table)) for reader in readers]
        for patient, site in opened(patients()):
            found: dict[Key, Line] = {}
            for reader, stream in zip(readers, streams, strict=True):
                for key, values in reader.read(stream.rows_of(patient)):
                    if key.event in selection.events:
                        line = Line(str(patient), str(site), key)
                        found.setdefault(key, line).values.update(values)
            for key in sorted(found, key=order):
                if all(condition.holds(found[key].values) for condition in selection.conditions):
                    yield found[key]


def _order(selection: Selection) -> Callable[[Key], tuple[int, int, int]]:
    """By event; what does not repeat first, then instrument by instrument."""
    events = {name: place for place, name in enumerate(selection.events)}
    items = {item.name: place for place, item in enumerate(selection.instruments)}
    return lambda key: (events[key.event], items.get(key.instrument, -1), key.instance)


def patients() -> Table:
    """Number and site of every patient, in the order of all tables."""
    table = find_table(PATIENT)
    if table is None:
        raise ValueError(f"there is no table {PATIENT}")
    columns = {column.name: column for column in table.columns}
    return replace(table, columns=(columns["patient"], columns["site"]))


class _Stream:
    """Rows that begin with their patient, handed out patient by patient."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._groups = groupby(rows, key=itemgetter(0))
        self._next = next(self._groups, None)

    def rows_of(self, patient: Any) -> list[Row]:
        if self._next is None or self._next[0] != patient:
            return []
        rows = list(self._next[1])
        self._next = next(self._groups, None)
        return rows
