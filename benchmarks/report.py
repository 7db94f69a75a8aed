"""How a benchmark tells what it measured."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured value; `target` is the sentence that it is read against, empty for none."""

    name: str
    value: float
    unit: str
    target: str = ""


def print_table(rows: Iterable[Row]) -> None:
    """One line for each row, in columns."""
    cells = [(row.name, f"{row.value:.2f}", row.unit, row.target) for row in rows]
    widths = [max((len(cell[i]) for cell in cells), default=0) for i in range(4)]
    for name, value, unit, target in cells:
        line = f"{name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}  {target}"
        print(line.rstrip())
