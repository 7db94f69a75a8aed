"""Permutations for the commands that test: from a file, or drawn from a seed."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.files.table import BadFile, BadRow
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.permutations import (
    Orders,
    free_orders,
    whole_orders,
    within_orders,
    wrong_order,
)
from microbiome.files.metadata import Metadata
from microbiome.files.tables import note


def add_order_options(parser: ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--strata",
        metavar="COLUMN",
        help="permute within these, such as patients: tests change over time, not the arm",
    )
    where.add_argument(
        "--whole",
        metavar="COLUMN",
        help="permute these as a whole, such as patients: tests the arm",
    )
    parser.add_argument(
        "--permutations",
        type=Path,
        metavar="P.csv",
        help="the permutations: one row each, sample numbers from 1, no header",
    )
    parser.add_argument("--number", type=int, default=999, help="of permutations to draw")
    parser.add_argument("--seed", type=int, default=1)


def read_orders(options: dict[str, Any], samples: int, metadata: Metadata) -> Orders:
    """
    Raises:
        BadFile: a row of `--permutations` is no order of the samples, or leaves the strata.
        NotAnalyzable: no permutation is asked for.
    """
    number, seed = options["number"], options["seed"]
    strata = metadata.labels(options["strata"]) if options["strata"] else None
    if options["permutations"]:
        orders = _given(options["permutations"], samples, strata)
        note(f"{len(orders)} permutations from {options['permutations'].name}")
        return orders
    if number < 1:
        raise NotAnalyzable("Ask for at least one permutation.")
    if strata is not None:
        said, orders = f" within {options['strata']}", within_orders(strata, number, seed)
    elif whole := options["whole"]:
        said, orders = f" of each {whole} whole", whole_orders(metadata.labels(whole), number, seed)
    else:
        said, orders = "", free_orders(samples, number, seed)
    note(f"{number} permutations{said}, seed {seed}")
    if (orders == np.arange(samples)).all():
        raise NotAnalyzable(f"Permuting{said} moves no sample.")
    return orders


def _given(path: Path, samples: int, strata: NDArray[np.str_] | None) -> Orders:
    orders, bad = [], []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            for row in filter(None, reader):
                try:
                    order = np.array([int(cell) for cell in row]) - 1
                    reason = wrong_order(order, samples, strata)
                except ValueError:
                    reason = "must hold whole numbers only"
                if reason:
                    bad.append(BadRow(path.name, reader.line_num, f"the permutation {reason}"))
                else:
                    orders.append(order)
    except (UnicodeDecodeError, csv.Error) as error:
        bad.append(BadRow(path.name, 0, f"this is no CSV: {error}"))
    if not (bad or orders):
        bad = [BadRow(path.name, 1, "there are no permutations")]
    if bad:
        raise BadFile(bad)
    return np.stack(orders)
