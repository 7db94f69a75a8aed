"""`microbiome beta`, and the distances that the other commands begin with."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.files.matrix import Matrix
from core.files.table import BadFile, BadRow, write_table
from microbiome.calc import distances, unifrac
from microbiome.calc.counts import NotAnalyzable
from microbiome.calc.distances import Distances
from microbiome.calc.newick import BadTree, Tree, read_newick
from microbiome.files.tables import (
    AMOUNTS,
    COUNTS,
    add_table_options,
    read_filled_samples,
)

CONVENTIONS = {
    "braycurtis": "on proportions",
    "braycurtis-counts": "on the counts as they are",
    "jaccard": "presence and absence",
    "aitchison": "CLR of count + 0.5, Euclidean",
    "unweighted-unifrac": "rooted tree, presence and absence",
    "weighted-unifrac": "rooted tree, not normalized",
    "weighted-normalized-unifrac": "rooted tree, normalized",
}
NEEDS_COUNTS = ("aitchison", "braycurtis-counts")


def add_distance_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    said = "; ".join(f"{name}: {text}" for name, text in CONVENTIONS.items())
    parser.add_argument("--metric", choices=tuple(CONVENTIONS), default="braycurtis", help=said)
    parser.add_argument("--tree", type=Path, help="Newick file, for UniFrac")


def read_distances(options: dict[str, Any]) -> tuple[Matrix, Distances]:
    """The table of `--counts` and the distances between its samples by `--metric`.

    Raises:
        BadFile: the table or the tree cannot be used.
        NotAnalyzable: there is one sample only, or UniFrac lacks its tree.
    """
    metric = options["metric"]
    table = read_filled_samples(options, COUNTS if metric in NEEDS_COUNTS else AMOUNTS)
    if len(table.samples) < 2:
        raise NotAnalyzable("There is one sample only: no distance between samples.")
    if metric in distances.METRICS:
        return table, distances.METRICS[metric](table.values)
    if options["tree"] is None:
        raise NotAnalyzable("UniFrac needs --tree.")
    path = options["tree"]
    try:
        found = unifrac.METRICS[metric](table.values, table.features, _tree(path))
    except BadTree as error:
        raise BadFile([BadRow(path.name, 1, str(error))]) from error
    return table, found


def _tree(path: Path) -> Tree:
    try:
        return read_newick(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadTree("the file is not in UTF-8") from error


def write_beta(options: dict[str, Any]) -> None:
    table, found = read_distances(options)
    samples = np.array(table.samples, dtype=object)
    a, b = np.triu_indices(len(samples), 1)
    result = pd.DataFrame({"a": samples[a], "b": samples[b], "distance": found[a, b]})
    write_table(result, options["out"])
