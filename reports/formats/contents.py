"""A table as every format needs it: its variables, and the cells of the CSV with their types."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from reports.queries.tables import Type
from reports.queries.tables.codebook import Entry, with_missing_codes
from reports.queries.tables.schema import column_of_schema, sas_name_of

XPT_TEXT_BYTES = 200
"""A text in a SAS transport file of version 5 holds no more."""

Value = str | int | Decimal | date | datetime | None


@dataclass(frozen=True)
class Variable:
    """One column. `codes` are pairs of a code and its label in English."""

    name: str
    sas: str
    """Its name of at most eight characters."""
    label: str
    type: Type
    is_key: bool
    codes: tuple[tuple[str, str], ...]

    @property
    def is_number(self) -> bool:
        return self.type in (Type.INTEGER, Type.DECIMAL)

    @property
    def is_text(self) -> bool:
        """Partial dates stay as they were entered."""
        return self.type in (Type.TEXT, Type.CODE, Type.PARTIAL_DATE)


@dataclass(frozen=True)
class Contents:
    name: str
    sas: str
    title: str
    variables: tuple[Variable, ...]
    text: str
    """The CSV: RFC 4180, one header line."""

    def rows(self) -> Iterator[list[Value]]:
        reader = csv.reader(io.StringIO(self.text, newline=""))
        next(reader)
        for cells in reader:
            pairs = zip(self.variables, cells, strict=True)
            yield [_value(variable.type, cell) for variable, cell in pairs]

    def columns(self) -> list[list[Value]]:
        """The values of each variable; an empty list where there is no row."""
        rows = list(self.rows())
        return [[row[place] for row in rows] for place in range(len(self.variables))]

    @property
    def row_count(self) -> int:
        return self._counted[0]

    @property
    def patients(self) -> list[str]:
        """In the order of their numbers; none where no column names them."""
        return self._counted[1]

    @cached_property
    def _counted(self) -> tuple[int, list[str]]:
        reader = csv.reader(io.StringIO(self.text, newline=""))
        header = next(reader)
        place = header.index("patient") if "patient" in header else None
        named = ["" if place is None else cells[place] for cells in reader]
        return len(named), sorted(set(named) - {""})

    def longer_than(self, most_bytes: int) -> dict[str, int]:
        """Variables with longer texts, and how many there are of these."""
        pairs = zip(self.variables, self.columns(), strict=True)
        counts = {
            variable.name: sum(len(str(value or "").encode()) > most_bytes for value in column)
            for variable, column in pairs
            if variable.is_text
        }
        return {name: count for name, count in counts.items() if count}


def contents_of(name: str, title: str, entries: list[Entry], text: str) -> Contents:
    """`entries` are the codebook's lines of the table, for each column of `text` in its order."""
    variables = tuple(
        Variable(
            entry.name,
            column_of_schema(name, entry.name).sas,
            f"{entry.label} ({entry.unit})" if entry.unit else entry.label,
            Type(entry.type),
            entry.is_key,
            entry.codes,
        )
        for entry in with_missing_codes(entries)
    )
    return Contents(name, sas_name_of(name), title, variables, text)


def _value(kind: Type, cell: str) -> Value:
    """An empty cell is no value."""
    if cell == "":
        return None
    if kind is Type.INTEGER:
        return int(cell)
    if kind is Type.DECIMAL:
        return Decimal(cell)
    if kind is Type.DATE:
        return date.fromisoformat(cell)
    if kind is Type.TIME:
        return datetime.fromisoformat(cell)
    return cell
