"""`derive survival`: times and events → curves, the log-rank test and Cox's model, as JSON."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from core.files.table import BadRow, Column, bad_rows, read_table

TIMES = (
    Column("time", is_number=True, at_least=0),
    Column("event", choices=("0", "1")),
    Column("group", may_be_absent=True, is_required=False),
    Column("stratum", may_be_absent=True, is_required=False),
)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--at", type=_times, default=(), metavar="T1,T2", help="times of the landmarks"
    )
    parser.add_argument("--conf-type", choices=("log-log", "log", "plain"), default="log-log")
    parser.add_argument(
        "--flat-to-the-end",
        choices=("NE", "midpoint"),
        default="NE",
        help="a quantile whose flat piece runs to the last time: NE as SAS, its middle as R",
    )
    parser.add_argument("--conf-level", type=_level, default=0.95, metavar="0.95")


def _times(text: str) -> tuple[float, ...]:
    try:
        times = tuple(float(part) for part in text.split(","))
    except ValueError:
        times = (-1.0,)
    if not all(0 <= time < float("inf") for time in times):
        raise ArgumentTypeError("give times like 6,12,24")
    return times


def _level(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    if not 0 < level < 1:
        raise ArgumentTypeError("give a level between 0 and 1, such as 0.95")
    return level


def _without_group(name: str, table: pd.DataFrame) -> Iterator[BadRow]:
    """Some with a group and some without would make a group of those without."""
    for column in ("group", "stratum"):
        empty = table[column] == ""
        if not empty.all():
            yield from bad_rows(name, table, empty, f"{column} is missing")


def derive(options: dict[str, Any]) -> None:
    # Imported here: with SciPy and lifelines they take longer than most other derivations.
    from outcomes.files import survival_results  # noqa: PLC0415

    path = options["data"]
    table = read_table(path, TIMES, lambda read: _without_group(path.name, read))
    result = survival_results.survival_results(
        table,
        at=options["at"],
        interval=options["conf_type"],
        confidence_level=options["conf_level"],
        flat_to_the_end=options["flat_to_the_end"],
    )
    path = options["out"]
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    unfinished.replace(path)
