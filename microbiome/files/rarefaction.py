"""`microbiome rarefaction` and `rarefy`: what equal depth would show, and a table of it."""

from argparse import ArgumentParser
from typing import Any

import numpy as np
import pandas as pd

from core.files.table import write_table
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.rarefaction import expected_richness, rarefied
from microbiome.files.scores import whole_number_from
from microbiome.files.tables import COUNTS, add_table_options, note, read_samples


def add_curve_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    parser.add_argument("--depths", type=whole_number_from(1), nargs="+", required=True)


def add_rarefy_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    parser.add_argument("--depth", type=whole_number_from(1), required=True)
    parser.add_argument("--seed", type=int, default=1)


def write_curves(options: dict[str, Any]) -> None:
    table = read_samples(options, COUNTS)
    parts = []
    for depth in options["depths"]:
        observed = expected_richness(table.values, depth)
        _note_lost([table.samples[i] for i in np.flatnonzero(np.isnan(observed))], depth)
        parts.append(pd.DataFrame({"sample": table.samples, "depth": depth, "observed": observed}))
    write_table(pd.concat(parts), options["out"])


def write_rarefied(options: dict[str, Any]) -> None:
    table, depth = read_samples(options, COUNTS), options["depth"]
    drawn, kept = rarefied(table.values, depth, seed=options["seed"])
    _note_lost([table.samples[i] for i in np.flatnonzero(~kept)], depth)
    if not kept.any():
        raise NotAnalyzable(f"No sample has {depth} reads.")
    result = pd.DataFrame(drawn.astype(int), columns=table.features)
    result.insert(0, "sample", np.array(table.samples, dtype=object)[kept], allow_duplicates=True)
    write_table(result, options["out"])


def _note_lost(samples: list[str], depth: int) -> None:
    if samples:
        note(f"fewer than {depth} reads: {', '.join(samples)}")
