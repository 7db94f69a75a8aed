"""`microbiome pcoa` and `nmds`: points for samples from the distances between them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.files.table import write_table
from microbiome.calc.distances import check_apart
from microbiome.calc.nmds import LEAST_STARTS, nmds, shepard
from microbiome.calc.pcoa import pcoa
from microbiome.files.distances import add_distance_options, read_distances
from microbiome.files.scores import add_axes_option, score_table, whole_number_from
from microbiome.files.tables import note


def add_pcoa_options(parser: ArgumentParser) -> None:
    add_distance_options(parser)
    add_axes_option(parser, default=10)
    parser.add_argument(
        "--eigenvalues", type=Path, metavar="E.csv", help="all eigenvalues and their shares"
    )


def add_nmds_options(parser: ArgumentParser) -> None:
    add_distance_options(parser)
    add_axes_option(parser, default=2)
    parser.add_argument(
        "--starts",
        type=whole_number_from(LEAST_STARTS),
        default=LEAST_STARTS,
        help="random starts, beside that from PCoA",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shepard", type=Path, metavar="S.csv", help="what a Shepard plot shows")


def write_pcoa(options: dict[str, Any]) -> None:
    table, distances = read_distances(options)
    check_apart(distances)
    found = pcoa(distances, axes=options["axes"])
    note(
        f"positive eigenvalues sum to {found.positive_sum:.10g}, "
        f"negative ones to {found.negative_sum:.10g}; shares are of the positive sum"
    )
    write_table(score_table("sample", table.samples, found.scores, "PCo"), options["out"])
    if options["eigenvalues"]:
        total = found.eigenvalues.sum()
        values = {
            "axis": np.arange(1, len(found.eigenvalues) + 1),
            "eigenvalue": found.eigenvalues,
            "share_of_positive": found.shares,
            "share_of_trace": found.eigenvalues / total if total > 0 else np.nan,
        }
        write_table(pd.DataFrame(values), options["eigenvalues"])


def write_nmds(options: dict[str, Any]) -> None:
    table, distances = read_distances(options)
    found = nmds(distances, axes=options["axes"], seed=options["seed"], starts=options["starts"])
    note(
        f"stress-1 {found.stress:.6f}, reached by {found.reached_best} of {found.starts} starts, "
        f"seed {found.seed}"
    )
    if found.is_degenerate:
        note("the stress is almost 0: there are too few samples for so many axes")
    scores = score_table("sample", table.samples, found.scores, "NMDS")
    said = {"stress": found.stress, "starts": found.starts}
    said |= {"reached_best": found.reached_best, "seed": found.seed}
    write_table(scores.assign(**said), options["out"])
    if options["shepard"]:
        samples = np.array(table.samples, dtype=object)
        a, b = np.triu_indices(len(samples), 1)
        pairs = pd.DataFrame({"a": samples[a], "b": samples[b]})
        write_table(pairs.assign(**vars(shepard(distances, found.scores))), options["shepard"])
