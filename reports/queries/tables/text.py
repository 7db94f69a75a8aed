"""Cells as lines of CSV.

RFC 4180: comma, quotes where needed, lines end with CR LF, a header even over no rows. UTF-8
without a mark. A cell that begins with `=` stays as it was entered: this is the faithful file.
"""

import csv
import io
from collections.abc import Generator, Iterable
from decimal import Decimal
from itertools import islice

from reports.queries.tables.column import Cell

LINES_PER_CHUNK = 200


def csv_chunks(header: list[str], rows: Iterable[Iterable[Cell]]) -> Generator[str, None, None]:
    """Pieces of the file, each made only when it is asked for."""
    waiting = iter(rows)
    yield _lines([header])
    while chunk := list(islice(waiting, LINES_PER_CHUNK)):
        yield _lines(chunk)


def _lines(rows: Iterable[Iterable[Cell]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([written(cell) for cell in row] for row in rows)
    return text.getvalue()


def written(cell: Cell) -> str | int | None:
    """What of the cell stands in a text."""
    # Never in powers of ten, as str() may write it.
    return format(cell, "f") if isinstance(cell, Decimal) else cell
