"""`microbiome permanova`, `permdisp` and `anosim`: tests on distances by permutation."""

from argparse import ArgumentParser
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.files.table import write_table
from microbiome.calc.distances import Distances
from microbiome.calc.formula import column_of, parse_formula, term_columns
from microbiome.calc.groups import anosim, permdisp
from microbiome.calc.permanova import permanova
from microbiome.files.distances import add_distance_options, read_distances
from microbiome.files.metadata import Metadata, add_metadata_option, read_metadata
from microbiome.files.orders import add_order_options, read_orders
from microbiome.files.tables import note


def add_permanova_options(parser: ArgumentParser) -> None:
    _add_options(parser)
    parser.add_argument("--formula", required=True, help='such as "~ arm * visit + age"')
    parser.add_argument(
        "--by",
        choices=("terms", "margin"),
        default="terms",
        help="each term after those before it, or after all others",
    )


def add_anosim_options(parser: ArgumentParser) -> None:
    _add_options(parser)
    parser.add_argument("--group", required=True, metavar="COLUMN")


def add_permdisp_options(parser: ArgumentParser) -> None:
    add_anosim_options(parser)
    parser.add_argument(
        "--center", choices=("median", "centroid"), default="median", help="of each group"
    )


def _add_options(parser: ArgumentParser) -> None:
    add_distance_options(parser)
    add_metadata_option(parser)
    add_order_options(parser)


def _read(options: dict[str, Any]) -> tuple[Distances, Metadata]:
    table, distances = read_distances(options)
    return distances, read_metadata(options["metadata"], table)


def write_permanova(options: dict[str, Any]) -> None:
    terms = parse_formula(options["formula"])
    distances, metadata = _read(options)
    variables = {variable for term in terms for variable in term.variables}
    data = {variable: _variable(metadata, variable) for variable in variables}
    orders = read_orders(options, len(distances), metadata)
    if options["strata"]:
        _note_constant(data, metadata.labels(options["strata"]), options["strata"])
    model = [(term, term_columns(term, data)) for term in terms]
    lines = permanova(distances, model, orders, by=options["by"])
    write_table(pd.DataFrame([vars(line) for line in lines]).astype({"f": float}), options["out"])


def _variable(metadata: Metadata, variable: str) -> Any:
    column = column_of(variable)
    return metadata.values(column) if column == variable else metadata.labels(column)


def _note_constant(data: dict[str, Any], strata: NDArray[np.str_], name: str) -> None:
    """What is the same in all samples of a patient is not tested by permuting within patients."""
    groups = len(np.unique(strata))
    for variable, values in sorted(data.items()):
        pairs = np.unique(np.stack([strata, values.astype(str)]), axis=1)
        if pairs.shape[1] == groups:
            note(f"{variable} does not vary within {name}: its p tells nothing; use --whole {name}")


def write_permdisp(options: dict[str, Any]) -> None:
    distances, metadata = _read(options)
    orders = read_orders(options, len(distances), metadata)
    groups = metadata.labels(options["group"])
    found = permdisp(distances, groups, orders, to_median=options["center"] == "median")
    number = [int(np.sum(groups == group)) for group in found.groups]
    rows = pd.DataFrame(
        {"group": found.groups, "samples": number, "mean_distance": found.mean_distances}
    )
    write_table(rows.assign(f=found.f, p_parametric=found.p_parametric, p=found.p), options["out"])


def write_anosim(options: dict[str, Any]) -> None:
    distances, metadata = _read(options)
    orders = read_orders(options, len(distances), metadata)
    found = anosim(distances, metadata.labels(options["group"]), orders)
    write_table(pd.DataFrame([{"r": found.r, "p": found.p}]), options["out"])
