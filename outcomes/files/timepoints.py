"""`derive timepoints`: lesions and scans → the response at each visit, RECIST 1.1 and iRECIST."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pandas as pd

from core.files.table import BadRow, Column, read_tables, write_table
from outcomes.calc.irecist import irecist_responses
from outcomes.calc.lesions import KINDS, STATES, find_problems
from outcomes.calc.recist import timepoint_responses
from outcomes.files.settings import add_rule_options, rules_from

LESIONS = (
    Column("subject"),
    Column("lesion"),
    Column("kind", choices=KINDS),
    Column("lymph_node", is_required=False, choices=("Y", "N")),
    Column("baseline_mm", is_required=False, is_number=True, at_least=0),
    Column("first_seen_visit", is_required=False),
    Column("unequivocal", is_required=False, choices=("Y", "N")),
)
ASSESSMENTS = (
    Column("subject"),
    Column("visit"),
    Column("date", is_date=True),
    Column("lesion", is_required=False),
    Column("mm", is_required=False, is_number=True, at_least=0),
    Column("state", is_required=False, choices=tuple(filter(None, STATES))),
)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--lesions", type=Path, required=True)
    parser.add_argument("--assessments", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    add_rule_options(parser)


def derive(options: dict[str, Any]) -> None:
    files = {"lesions": options["lesions"], "assessments": options["assessments"]}
    lesions, assessments = read_tables(
        (files["lesions"], LESIONS),
        (files["assessments"], ASSESSMENTS),
        also=lambda *tables: (
            BadRow(files[p.table].name, p.row, p.reason) for p in find_problems(*tables)
        ),
    )
    rules = rules_from(options)
    found = timepoint_responses(lesions, assessments, rules=rules)
    immune = irecist_responses(lesions, assessments, rules=rules)
    both = found.merge(immune, on=["subject", "visit"], validate="one_to_one")
    columns = ["subject", "visit", "date", "target", "nontarget", "overall", "irecist"]
    write_table(pd.DataFrame(both[columns]), options["out"])
