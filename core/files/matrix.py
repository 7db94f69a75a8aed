"""Reading a CSV file of numbers, one row per sample: line by line, refused by line and reason."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.files.table import BadFile, BadRow


@dataclass(frozen=True)
class Matrix:
    """Samples × features. `lines` are those of the samples in the file."""

    file: str
    samples: list[str]
    features: list[str]
    values: NDArray[np.float64]
    lines: list[int]

    def bad_row(self, sample: int, reason: str) -> BadRow:
        return BadRow(self.file, self.lines[sample], f"sample {self.samples[sample]}: {reason}")


@dataclass(frozen=True)
class Numbers:
    """What the cells may hold."""

    may_be_negative: bool = False
    may_be_fractions: bool = True

    def problem(self, row: NDArray[np.float64]) -> tuple[int, str] | None:
        """The first cell that is wrong, and what is said of it."""
        checks = [(~np.isfinite(row), "must be a number")]
        if not self.may_be_negative:
            checks.append((row < 0, "must not be negative"))
        if not self.may_be_fractions:
            checks.append((row != np.floor(row), "must be a whole number"))
        for wrong, reason in checks:
            if wrong.any():
                return int(wrong.argmax()), reason
        return None


def read_matrix(path: Path, numbers: Numbers, *, most_samples: int) -> Matrix:
    """The first column names the sample, each other one a feature.

    Raises:
        BadFile: it is no CSV in UTF-8, has no samples or too many, a name is missing or twice, or
            a cell is not as `numbers` says.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _read(path.name, csv.reader(file, strict=True), numbers, most_samples)
    except FileNotFoundError as error:
        raise BadFile([BadRow(path.name, 0, "there is no such file")]) from error
    except UnicodeDecodeError as error:
        raise BadFile([BadRow(path.name, 0, "the file is not in UTF-8")]) from error


def _read(name: str, reader: Any, numbers: Numbers, most_samples: int) -> Matrix:
    bad: list[BadRow] = []
    first_line: dict[str, int] = {}
    rows: list[NDArray[np.float64]] = []
    try:
        features = [text.strip() for text in next(reader, [])[1:]]
        bad += [BadRow(name, 1, reason) for reason in _wrong_header(features)]
        for cells in filter(None, reader):
            line = reader.line_num
            if len(first_line) == most_samples:
                reason = f"there are more than {most_samples:,} samples; split the table"
                raise BadFile([BadRow(name, line, reason)])
            try:
                sample = _sample(cells, len(features), first_line)
                rows.append(_row(cells[1:], features, numbers))
            except ValueError as error:
                bad.append(BadRow(name, line, str(error)))
            else:
                first_line[sample] = line
    except csv.Error as error:
        bad.append(BadRow(name, reader.line_num, f"this is no CSV: {error}"))
    if not (bad or rows):
        bad = [BadRow(name, 1, "there are no samples")]
    if bad:
        raise BadFile(bad)
    return Matrix(name, list(first_line), features, np.stack(rows), list(first_line.values()))


def _wrong_header(features: list[str]) -> Iterator[str]:
    if not features:
        yield "the header needs the sample's column and at least one feature"
    if "" in features:
        yield f"column {features.index('') + 2} has no name"
    twice = [feature for feature, number in Counter(features).items() if number > 1 and feature]
    yield from (f"the column {feature} is there twice" for feature in twice)


def _sample(cells: list[str], features: int, first_line: dict[str, int]) -> str:
    if len(cells) != features + 1:
        raise ValueError(f"the row has {len(cells)} fields, the header {features + 1}")
    sample = cells[0].strip()
    if not sample:
        raise ValueError("the sample has no name")
    if sample in first_line:
        raise ValueError(f"the sample {sample} is there twice, first on line {first_line[sample]}")
    return sample


def _row(cells: list[str], features: list[str], numbers: Numbers) -> NDArray[np.float64]:
    try:
        # Python reads 1_000 as a thousand; a table does not.
        row = np.array([float(cell) for cell in cells]) if "_" not in "".join(cells) else None
    except ValueError:
        row = None
    if row is None:
        row = np.array([_number(cell) for cell in cells])
    if problem := numbers.problem(row):
        column, reason = problem
        raise ValueError(f"{features[column]} {reason}, and is {cells[column].strip() or 'empty'}")
    return row


def _number(cell: str) -> float:
    try:
        return float(cell) if "_" not in cell else np.nan
    except ValueError:
        return np.nan
