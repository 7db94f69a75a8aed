"""`microbiome pca`: principal components of counts or of any other table of numbers."""

from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.files.matrix import Matrix
from core.files.table import BadFile, write_table
from microbiome.calc.axes import Array
from microbiome.calc.counts import centered_log_ratios
from microbiome.calc.pca import Scaling, pca
from microbiome.files.scores import add_axes_option, score_table
from microbiome.files.tables import AMOUNTS, ANY_NUMBERS, add_table_options, note, read_samples


def add_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    add_axes_option(parser, default=10)
    first = parser.add_mutually_exclusive_group()
    for name, text in (
        ("log1p", "ln(1 + x)"),
        ("log2", "log2 of values above 0"),
        ("clr", "ln(x + 0.5) minus its mean in the sample"),
    ):
        first.add_argument(
            f"--{name}", dest="transform", action="store_const", const=name, help=text
        )
    parser.add_argument(
        "--center", action=BooleanOptionalAction, default=True, help="as prcomp does unless told"
    )
    scaling = parser.add_mutually_exclusive_group()
    for option, text in (("scale", "to unit variance"), ("pareto", "by the root of the deviation")):
        value = "unit" if option == "scale" else option
        scaling.add_argument(
            f"--{option}", dest="scaling", action="store_const", const=value, help=text
        )
    parser.add_argument("--loadings", type=Path, metavar="L.csv")
    parser.add_argument(
        "--sdev", type=Path, metavar="S.csv", help="of every component, with shares"
    )


def write_pca(options: dict[str, Any]) -> None:
    transform = options["transform"]
    table = read_samples(options, AMOUNTS if transform else ANY_NUMBERS)
    values = _transformed(table, transform)
    scaling: Scaling = options["scaling"] or "none"
    found = pca(values, axes=options["axes"], center=options["center"], scaling=scaling)
    dropped = len(found.kept) - int(found.kept.sum())
    if dropped:
        note(f"{dropped} constant features left out: they cannot be scaled")
    write_table(score_table("sample", table.samples, found.scores, "PC"), options["out"])
    if options["loadings"]:
        features = np.array(table.features, dtype=object)[found.kept]
        loadings = score_table("feature", list(features), found.loadings, "PC")
        write_table(loadings, options["loadings"])
    if options["sdev"]:
        rows = {
            "component": np.arange(1, len(found.sdev) + 1),
            "sdev": found.sdev,
            "variance": found.sdev**2,
            "share": found.shares,
        }
        write_table(pd.DataFrame(rows), options["sdev"])


def _transformed(table: Matrix, transform: str | None) -> Array:
    if transform == "log1p":
        return np.asarray(np.log1p(table.values))
    if transform == "clr":
        return centered_log_ratios(table.values)
    if transform == "log2":
        zeros = table.values == 0
        if zeros.any():
            reason = "is 0 and has no logarithm; fill it first, or use --log1p or --clr"
            raise BadFile(
                [
                    table.bad_row(int(i), f"{table.features[int(zeros[i].argmax())]} {reason}")
                    for i in np.flatnonzero(zeros.any(axis=1))
                ]
            )
        return np.asarray(np.log2(table.values))
    return table.values
