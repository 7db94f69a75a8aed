"""Reading a CSV file strictly: what is wrong is named by file, line and reason."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.calc.date_columns import is_date


@dataclass(frozen=True, order=True)
class BadRow:
    """A row that is refused. `line` counts from 1, the header's line."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


class BadFile(Exception):
    """The file, or some of its rows, cannot be used; nothing is derived."""

    def __init__(self, rows: list[BadRow]) -> None:
        self.rows = sorted(rows)
        super().__init__("\n".join(map(str, self.rows)))


@dataclass(frozen=True)
class Column:
    """What a column may hold. An empty value is refused only where `required`."""

    name: str
    is_required: bool = True
    is_date: bool = False
    is_number: bool = False
    at_least: float | None = None
    choices: tuple[str, ...] = ()
    may_be_absent: bool = False
    """The whole column may be left out; it then reads as empty."""

    def problems(self, values: pd.Series) -> Iterator[tuple[pd.Series, str]]:
        """Pairs of a mask and the sentence for its rows."""
        given = values != ""
        if self.is_required:
            yield ~given, f"{self.name} is missing"
        if self.is_date:
            yield given & ~is_date(values), f"{self.name} must be a date like 2026-11-30"
        if self.is_number:
            number = pd.to_numeric(values, errors="coerce")
            finite = number.notna() & (number.abs() != float("inf"))
            yield given & ~finite, f"{self.name} must be a number"
            if self.at_least is not None:
                low = given & finite & (number < self.at_least)
                yield low, f"{self.name} must be at least {self.at_least:g}"
        if self.choices:
            names = ", ".join(self.choices)
            yield given & ~values.isin(self.choices), f"{self.name} must be one of {names}"


Check = Callable[..., Iterable[BadRow]]


def _no_more(*_tables: pd.DataFrame) -> Iterable[BadRow]:
    return ()


def read_table(path: Path, columns: tuple[Column, ...], also: Check = _no_more) -> pd.DataFrame:
    """One file, as `read_tables` reads it."""
    [table] = read_tables((path, columns), also=also)
    return table


def read_tables(
    *files: tuple[Path, tuple[Column, ...]], also: Check = _no_more
) -> list[pd.DataFrame]:
    """Each file as texts, labeled by line; other columns than the named ones are kept as they are.

    `also` takes the tables and names the rows that are wrong beyond single columns.

    Raises:
        BadFile: one is no CSV in UTF-8, a column is missing, or rows are wrong; all such rows.
    """
    tables, bad = [], []
    for path, columns in files:
        try:
            table = _with_columns(path, columns)
        except BadFile as error:
            bad += error.rows
            continue
        tables.append(table)
        bad += _column_problems(path.name, table, columns)
    if len(tables) == len(files):
        named = {(row.file, row.line) for row in bad}
        bad += [row for row in also(*tables) if (row.file, row.line) not in named]
    if bad:
        raise BadFile(bad)
    return tables


def _with_columns(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    table = _read_texts(path)
    absent = [c.name for c in columns if c.name not in table and not c.may_be_absent]
    if absent:
        raise BadFile([BadRow(path.name, 1, f"the column {name} is missing") for name in absent])
    for column in columns:
        if column.name not in table:
            table[column.name] = ""
    return table


def _column_problems(
    name: str, table: pd.DataFrame, columns: tuple[Column, ...]
) -> Iterator[BadRow]:
    for column in columns:
        for wrong, reason in column.problems(table[column.name]):
            yield from bad_rows(name, table, wrong, reason)


def bad_rows(name: str, table: pd.DataFrame, wrong: Any, reason: str) -> Iterator[BadRow]:
    """The rows of a mask, each with the same reason."""
    return (BadRow(name, int(line), reason) for line in table.index[wrong])


def _read_texts(path: Path) -> pd.DataFrame:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _table(path.name, csv.reader(file, strict=True))
    except FileNotFoundError as error:
        raise BadFile([BadRow(path.name, 0, "there is no such file")]) from error
    except UnicodeDecodeError as error:
        raise BadFile([BadRow(path.name, 0, "the file is not in UTF-8")]) from error


def _table(name: str, reader: Any) -> pd.DataFrame:
    header, rows, bad = _rows(name, reader)
    if header is None:
        raise BadFile([*bad, BadRow(name, 1, "the file is empty; it needs a header")])
    width = len(header)
    bad += [
        BadRow(name, line, f"the row has {len(row)} fields, the header {width}")
        for line, row in rows
        if len(row) != width
    ]
    twice = sorted({column for column in header if header.count(column) > 1})
    bad += [BadRow(name, 1, f"the column {column} is there twice") for column in twice]
    if bad:
        raise BadFile(bad)
    # Column by column: a DataFrame of rows would look at each value once more.
    index = pd.Index([line for line, _row in rows], dtype="int64")
    columns = zip(*(row for _line, row in rows), strict=True) if rows else ([] for _ in header)
    stripped = {
        column: np.array([*map(str.strip, values)], dtype=object)
        for column, values in zip(header, columns, strict=True)
    }
    return pd.DataFrame(stripped, index=index, columns=header)


def _rows(
    name: str, reader: Any
) -> tuple[list[str] | None, list[tuple[int, list[str]]], list[BadRow]]:
    """The header, the other rows with their lines, and what stopped the reading."""
    rows: list[tuple[int, list[str]]] = []
    bad = []
    try:
        rows.extend((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        bad.append(BadRow(name, reader.line_num, f"this is no CSV: {error}"))
    header = [text.strip() for text in rows[0][1]] if rows else None
    return header, rows[1:], bad


def write_table(table: pd.DataFrame, path: Path) -> None:
    """As CSV with dates as 2026-11-30; the file appears when it is complete."""
    columns = [_texts(values) for _name, values in table.items()]
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("w", newline="", encoding="utf-8") as file:
        # pandas takes several times as long.
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows(zip(*columns, strict=True))
    unfinished.replace(path)


def _texts(values: pd.Series) -> list[Any]:
    """What the CSV writer takes: None where a value is missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        # Dates repeat: each different one is written once.
        codes, different = pd.factorize(values)
        words = np.append(pd.DatetimeIndex(different).strftime("%Y-%m-%d"), [""])
        return words[codes].tolist()
    return values.astype(object).where(values.notna(), None).tolist()


def numbers(values: pd.Series) -> pd.Series:
    """Texts that `Column` has checked, as floats; NaN where empty."""
    return pd.to_numeric(values.mask(values == ""))
