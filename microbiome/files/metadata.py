"""What is known of each sample: `--metadata`, one row per sample, named in the first column."""

from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.files.matrix import Matrix
from core.files.table import BadFile, BadRow, read_table
from microbiome.files.tables import note


def add_metadata_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--metadata", type=Path, required=True, help="one row per sample, named in its first column"
    )


@dataclass(frozen=True)
class Metadata:
    """Texts in the order of the table's samples, labeled by line."""

    file: str
    rows: pd.DataFrame

    def labels(self, column: str) -> NDArray[np.str_]:
        """
        Raises:
            BadFile: there is no such column, or a value is empty.
        """
        return np.array(self._filled(column), dtype=str)

    def values(self, column: str) -> NDArray[Any]:
        """Numbers where all values are numbers, and else labels, as R's `read.csv` decides.

        Raises:
            BadFile: see `labels`; or the rest of a column with `NA` is numbers.
        """
        texts = self._filled(column)
        numbers = pd.to_numeric(texts, errors="coerce")
        is_number = numbers.notna() & (numbers.abs() != float("inf"))
        if is_number.all():
            return numbers.to_numpy(dtype=float)
        missing = texts == "NA"
        if (is_number | missing).all() and is_number.any():
            raise self._refused(texts.index[missing], f"{column} must be a number, and is NA")
        return np.array(texts, dtype=str)

    def _filled(self, column: str) -> pd.Series:
        if column not in self.rows:
            raise BadFile([BadRow(self.file, 1, f"the column {column} is missing")])
        texts = self.rows[column]
        if (texts == "").any():
            raise self._refused(texts.index[texts == ""], f"{column} is empty")
        return texts

    def _refused(self, lines: pd.Index, reason: str) -> BadFile:
        return BadFile([BadRow(self.file, int(line), reason) for line in lines])


def read_metadata(path: Path, table: Matrix) -> Metadata:
    """
    Raises:
        BadFile: see `read_table`; or a sample of the table is missing there, or is there twice.
    """
    rows = read_table(path, ())
    known = rows[rows.columns[0]]
    line_of = dict(zip(known, rows.index, strict=True))
    bad = [
        BadRow(path.name, int(line), f"the sample {known[line]} is there twice")
        for line in rows.index[known.duplicated()]
    ]
    bad += [
        table.bad_row(i, f"it is not in {path.name}")
        for i, sample in enumerate(table.samples)
        if sample not in line_of
    ]
    if bad:
        raise BadFile(bad)
    if surplus := len(line_of.keys() - set(table.samples)):
        note(f"{surplus} samples of {path.name} are not in {table.file}")
    return Metadata(path.name, rows.loc[[line_of[sample] for sample in table.samples]])
