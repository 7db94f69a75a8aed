"""`derive lab-grades`: laboratory values → CTCAE grades."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from core.files.table import BadRow, Column, bad_rows, numbers, read_table, write_table
from outcomes.calc.lab_grades import VERSIONS, known_terms
from outcomes.calc.lab_grades.grading import grade_values

VALUES = (
    Column("TERM"),
    Column("DIRECTION", choices=("L", "H")),
    Column("UNIT", is_required=False),
    Column("AVAL", is_required=False, is_number=True),
    Column("ANRLO", is_required=False, is_number=True),
    Column("ANRHI", is_required=False, is_number=True),
    Column("BASE", is_required=False, is_number=True),
)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--ctcae", choices=VERSIONS, required=True)
    parser.add_argument("--values", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)


def _unknown_terms(name: str, table: pd.DataFrame) -> Iterator[BadRow]:
    unknown = ~table["TERM"].str.casefold().isin(known_terms())
    reason = "TERM is no laboratory term of CTCAE 4.03, 5.0 or 6.0"
    return bad_rows(name, table, unknown, reason)


def derive(options: dict[str, Any]) -> None:
    path = options["values"]
    table = read_table(path, VALUES, lambda read: _unknown_terms(path.name, read))
    values = pd.DataFrame(
        {
            "term": table["TERM"],
            "direction": table["DIRECTION"],
            "unit": table["UNIT"],
            "value": numbers(table["AVAL"]),
            "low": numbers(table["ANRLO"]),
            "high": numbers(table["ANRHI"]),
            "baseline": numbers(table["BASE"]),
        }
    )
    table["GRADE"] = grade_values(values, version=options["ctcae"])
    write_table(table, options["out"])
