"""`microbiome alpha`: diversity within each sample."""

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from core.files.table import write_table
from microbiome.calc.alpha import alpha, has_singletons, remarks
from microbiome.files.tables import AMOUNTS, COUNTS, add_table_options, note, read_samples


def add_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    parser.add_argument(
        "--proportions",
        action="store_true",
        help="the table holds no counts: leave Chao1, ACE, D and coverage empty",
    )
    parser.add_argument(
        "--shannon", choices=("nats", "bits"), default="nats", help="unit of Shannon's index"
    )


def write_alpha(options: dict[str, Any]) -> None:
    is_counts = not options["proportions"]
    table = read_samples(options, COUNTS if is_counts else AMOUNTS)
    found = alpha(table.values, is_counts=is_counts)
    for sample, index, reason in remarks(table.values, found, is_counts=is_counts):
        note(f"{table.samples[sample]}{index and f', {index}'}: {reason}")
    if is_counts and not has_singletons(table.values):
        note(
            "almost no sample has a singleton, as after DADA2: Chao1 is the observed number, "
            "Good's coverage 1 and ACE adds nothing; prefer observed features and Shannon"
        )
    result = pd.DataFrame(asdict(found))
    if options["shannon"] == "bits":
        result["shannon"] /= np.log(2)
    result.insert(0, "sample", table.samples)
    write_table(result, options["out"])
