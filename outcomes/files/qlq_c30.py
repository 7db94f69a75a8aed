"""`derive qlq-c30`: answers → the scales of the QLQ-C30."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pandas as pd

from core.files.table import Column, numbers, read_table, write_table
from outcomes.calc.qlq_c30 import ITEMS, highest_answer
from outcomes.calc.qlq_c30_table import qlq_c30_scores

ANSWERS = (
    Column("id"),
    *(
        Column(
            name,
            is_required=False,
            choices=tuple(str(answer) for answer in range(1, highest_answer(item) + 1)),
        )
        for item, name in enumerate(ITEMS, start=1)
    ),
)


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)


def derive(options: dict[str, Any]) -> None:
    table = read_table(options["answers"], ANSWERS)
    scores = qlq_c30_scores(table[list(ITEMS)].apply(numbers))
    write_table(pd.concat([table["id"], scores], axis=1), options["out"])
