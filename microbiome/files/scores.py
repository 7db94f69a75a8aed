"""Points of samples as a table."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence

import pandas as pd

from microbiome.calc.axes import Array


def score_table(first: str, names: Sequence[str], scores: Array, axis: str) -> pd.DataFrame:
    """The names in the column `first`, then one column for each axis, counted from 1."""
    columns = [f"{axis}{i + 1}" for i in range(scores.shape[1])]
    table = pd.DataFrame(scores, columns=columns)
    table.insert(0, first, list(names))
    return table


def add_axes_option(parser: ArgumentParser, default: int) -> None:
    parser.add_argument("--axes", type=whole_number_from(1), default=default, metavar="K")


def whole_number_from(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text} must be a whole number from {least} on")
        return int(text)

    return read
