"""How a benchmark tells what it measured."""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("what", "measured", "target", "met", "")


@dataclass(frozen=True)
class Row:
    """One measured value. `limit` is what it must not exceed, none where nothing is asked."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""


def print_table(rows: Iterable[Row]) -> None:
    """One line for each row, in columns."""
    lines = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def _cells(row: Row) -> tuple[str, ...]:
    measured = f"{_number(row.value):>7} {row.unit}"
    if row.limit is None:
        return row.name, measured, "", "", row.note
    met = "yes" if row.value <= row.limit else "NO"
    return row.name, measured, f"at most {row.limit:g}", met, row.note


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.2f}"
