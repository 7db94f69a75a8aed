"""Reading a CSV file strictly: what is wrong is named by file, line and reason."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.dates import is_date


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


def read_table(path: Path, columns: tuple[Column, ...]) -> pd.DataFrame:
    """The file as texts, labeled by line; other columns than the named ones are kept as they are.

    Raises:
        BadFile: it is no CSV in UTF-8, a column is missing, or rows are wrong.
    """
    table = _read_texts(path)
    absent = [c.name for c in columns if c.name not in table and not c.may_be_absent]
    if absent:
        raise BadFile([BadRow(path.name, 1, f"the column {name} is missing") for name in absent])
    for column in columns:
        if column.name not in table:
            table[column.name] = ""
    found = [
        BadRow(path.name, int(line), reason)
        for column in columns
        for wrong, reason in column.problems(table[column.name])
        for line in table.index[wrong]
    ]
    if found:
        raise BadFile(found)
    return table


def _read_texts(path: Path) -> pd.DataFrame:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _table(path.name, csv.reader(file, strict=True))
    except FileNotFoundError as error:
        raise BadFile([BadRow(path.name, 0, "there is no such file")]) from error
    except UnicodeDecodeError as error:
        raise BadFile([BadRow(path.name, 0, "the file is not in UTF-8")]) from error


def _table(name: str, reader: Any) -> pd.DataFrame:
    header, rows, lines, bad = None, [], [], []
    try:
        for row in reader:
            if not row:
                continue
            if header is None:
                header = [text.strip() for text in row]
            elif len(row) == len(header):
                rows.append(row)
                lines.append(reader.line_num)
            else:
                fields = f"the row has {len(row)} fields, the header {len(header)}"
                bad.append(BadRow(name, reader.line_num, fields))
    except csv.Error as error:
        bad.append(BadRow(name, reader.line_num, f"this is no CSV: {error}"))
    if header is None:
        raise BadFile([BadRow(name, 1, "the file is empty; it needs a header")])
    twice = sorted({column for column in header if header.count(column) > 1})
    bad += [BadRow(name, 1, f"the column {column} is there twice") for column in twice]
    if bad:
        raise BadFile(bad)
    # Column by column: a DataFrame of rows would look at each value once more.
    columns = zip(*rows, strict=True) if rows else ([] for _name in header)
    stripped = {
        name: pd.Series(list(map(str.strip, values)), index=lines, dtype=object)
        for name, values in zip(header, columns, strict=True)
    }
    return pd.DataFrame(stripped, index=lines, columns=header)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """As CSV with dates as 2026-11-30; the file appears when it is complete."""
    texts = table.copy()
    for name in texts.select_dtypes("datetime"):
        # Dates repeat: each different one is written once.
        codes, different = pd.factorize(texts[name])
        words = np.append(pd.DatetimeIndex(different).strftime("%Y-%m-%d"), [""])
        texts[name] = words[codes]
    unfinished = path.with_name(path.name + ".part")
    texts.to_csv(unfinished, index=False, lineterminator="\n")
    unfinished.replace(path)


def numbers(values: pd.Series) -> pd.Series:
    """Texts that `Column` has checked, as floats; NaN where empty."""
    return pd.to_numeric(values.mask(values == ""))
