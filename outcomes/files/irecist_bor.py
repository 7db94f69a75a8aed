"""`derive irecist-bor`: one overall iRECIST response per time point → the best one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from core.files.table import BadFile, BadRow, Column, read_table, write_table
from outcomes.calc.irecist_best import IRESPONSES, best_of_sequence


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--responses", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)


def derive(options: dict[str, Any]) -> None:
    path = options["responses"]
    table = read_table(path, (Column("id"),))
    points = [name for name in map(str, table) if name.startswith("tp") and name[2:].isdecimal()]
    if not points:
        raise BadFile([BadRow(path.name, 1, "the columns tp1, tp2 and so on are missing")])
    points.sort(key=lambda name: int(name[2:]))
    columns = tuple(Column(name, is_required=False, choices=IRESPONSES) for name in points)
    table = read_table(path, (Column("id"), *columns))
    rows = zip(*(table[name] for name in points), strict=True)
    table["ibor"] = [best_of_sequence(row) for row in rows]
    write_table(table, options["out"])
