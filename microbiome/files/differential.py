"""`microbiome differential`: which features change in patients, or differ between groups."""

from argparse import ArgumentParser
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.files.matrix import Matrix
from core.files.table import write_table
from microbiome.calc.axes import Array
from microbiome.calc.counts import (
    NotAnalyzable,
    centered_log_ratios,
    log_proportions,
    proportions,
)
from microbiome.calc.differential import (
    Tested,
    adjusted,
    kruskal,
    rank_sum,
    signed_rank,
    welch,
)
from microbiome.calc.groups import coded
from microbiome.files.metadata import Metadata, add_metadata_option, read_metadata
from microbiome.files.tables import AMOUNTS, COUNTS, add_table_options, note, read_filled_samples

VALUES = {"clr": centered_log_ratios, "log": log_proportions, "proportions": proportions}
BETWEEN = ("rank-sum", "kruskal", "welch")


@dataclass(frozen=True)
class Compared:
    """Values to test, patients or samples × features; `groups` is None for a change alone.

    `shares` are the proportions before and after, or of the two groups, where a fold change has a
    meaning.
    """

    values: Array
    groups: NDArray[np.str_] | None
    shares: tuple[Array, Array] | None


def add_options(parser: ArgumentParser) -> None:
    add_table_options(parser)
    add_metadata_option(parser)
    parser.add_argument(
        "--values",
        choices=tuple(VALUES),
        default="clr",
        help="clr: ln(count + 0.5) minus its mean; log: log2 of proportions of count + 0.5",
    )
    parser.add_argument("--only", metavar="COLUMN=LABEL", help="only these samples")
    parser.add_argument("--patient", metavar="COLUMN", help="for changes within patients")
    parser.add_argument("--visit", metavar="COLUMN")
    parser.add_argument("--from", dest="before", metavar="LABEL", help="the earlier visit")
    parser.add_argument("--to", dest="after", metavar="LABEL", help="the later visit")
    parser.add_argument("--group", metavar="COLUMN", help="compare these, such as arms")
    parser.add_argument(
        "--test",
        choices=("signed-rank", *BETWEEN),
        help="signed-rank without --group, else rank-sum, unless told",
    )


def write_differential(options: dict[str, Any]) -> None:
    test = options["test"] or ("rank-sum" if options["group"] else "signed-rank")
    if (test in BETWEEN) != bool(options["group"]):
        raise NotAnalyzable(f"{test} {'needs' if test in BETWEEN else 'takes no'} --group.")
    table = read_filled_samples(options, AMOUNTS if options["values"] == "proportions" else COUNTS)
    metadata = read_metadata(options["metadata"], table)
    if options["only"]:
        table, metadata = _only(options["only"], table, metadata)
    table = _present(options, table, metadata)
    compared = _compared(options, table, metadata)
    tested, difference = _test(test, compared)
    p_bh, m = adjusted(tested.p)
    note(f"{test} on {options['values']}, Benjamini-Hochberg over {m} features")
    result = pd.DataFrame(
        {
            "feature": table.features,
            "test": test,
            "values": options["values"],
            "n": len(compared.values),
            "statistic": tested.statistic,
            "p": tested.p,
            "p_bh": p_bh,
            "m": m,
            "median_difference": difference,
            "log2_fold_change": _fold_change(compared),
        }
    )
    write_table(result, options["out"])


def _only(choice: str, table: Matrix, metadata: Metadata) -> tuple[Matrix, Metadata]:
    column, _sign, label = choice.partition("=")
    kept = metadata.labels(column) == label
    if not kept.any():
        raise NotAnalyzable(f"No sample has {choice}.")
    note(f"{kept.sum()} of {len(kept)} samples have {choice}")
    places = np.flatnonzero(kept)
    smaller = replace(
        table,
        samples=[table.samples[i] for i in places],
        lines=[table.lines[i] for i in places],
        values=table.values[places],
    )
    return smaller, replace(metadata, rows=metadata.rows[kept])


def _present(options: dict[str, Any], table: Matrix, metadata: Metadata) -> Matrix:
    """Without the features that no compared sample has: after a log ratio these would all share
    one change, that of the samples' depths.
    """
    values = table.values
    if all(options[name] for name in ("patient", "visit", "before", "after")):
        values = values[np.concatenate(_pairs(options, table, metadata))]
    found = np.asarray((values > 0).any(axis=0))
    if not found.all():
        note(f"in no compared sample, left out: {(~found).sum()} of {len(found)} features")
    features = [name for name, is_found in zip(table.features, found, strict=True) if is_found]
    return replace(table, features=features, values=table.values[:, found])


def _compared(options: dict[str, Any], table: Matrix, metadata: Metadata) -> Compared:
    values, shares = VALUES[options["values"]](table.values), proportions(table.values)
    groups = metadata.labels(options["group"]) if options["group"] else None
    paired = [options[name] for name in ("patient", "visit", "before", "after")]
    if not any(paired) and groups is not None:
        return Compared(values, groups, _by_group(shares, groups))
    if not all(paired):
        raise NotAnalyzable("A change within patients needs --patient, --visit, --from and --to.")
    before, after = _pairs(options, table, metadata)
    if groups is not None:
        moved = np.flatnonzero(groups[before] != groups[after])
        if len(moved):
            patient = metadata.labels(options["patient"])[before[moved[0]]]
            raise NotAnalyzable(f"Patient {patient} is in two groups of {options['group']}.")
        groups = groups[before]
    pair = (shares[before], shares[after]) if groups is None else None
    return Compared(values[after] - values[before], groups, pair)


def _by_group(shares: Array, groups: NDArray[np.str_]) -> tuple[Array, Array] | None:
    names, codes = coded(groups)
    return (shares[codes == 0], shares[codes == 1]) if len(names) == 2 else None


def _pairs(
    options: dict[str, Any], table: Matrix, metadata: Metadata
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the samples before and after, by patient; who lacks one is named."""
    patients, visits = metadata.labels(options["patient"]), metadata.labels(options["visit"])
    places: list[dict[str, int]] = []
    for visit in (options["before"], options["after"]):
        found: dict[str, int] = {}
        for i in np.flatnonzero(visits == visit):
            patient = str(patients[i])
            if patient in found:
                two = f"{table.samples[found[patient]]} and {table.samples[i]}"
                raise NotAnalyzable(f"Patient {patient} has two samples at {visit}: {two}.")
            found[patient] = int(i)
        places.append(found)
    both = sorted(places[0].keys() & places[1].keys())
    if not both:
        raise NotAnalyzable("No patient has both samples.")
    if alone := sorted(places[0].keys() ^ places[1].keys()):
        note(f"left out, having one of the two samples: {', '.join(alone)}")
    return (
        np.array([places[0][patient] for patient in both]),
        np.array([places[1][patient] for patient in both]),
    )


def _test(test: str, compared: Compared) -> tuple[Tested, Array]:
    """The test, and the median change or the difference of the two groups' medians."""
    values = compared.values
    if compared.groups is None:
        return signed_rank(values), np.median(values, axis=0)
    names, codes = coded(compared.groups)
    if len(names) == 2:
        note(f"differences and fold changes are {names[1]} less {names[0]}")
    elif test != "kruskal":
        raise NotAnalyzable(f"{test} compares two groups, not {len(names)}; use kruskal.")
    is_first = codes == 0
    tests = {
        "rank-sum": lambda: rank_sum(values, is_first),
        "welch": lambda: welch(values, is_first),
        "kruskal": lambda: kruskal(values, codes),
    }
    difference = np.median(values[~is_first], axis=0) - np.median(values[is_first], axis=0)
    return tests[test](), difference if len(names) == 2 else np.full(len(difference), np.nan)


def _fold_change(compared: Compared) -> Array:
    """log2 of the ratio of mean proportions; NaN where one of them is 0 or none is meant."""
    found = np.full(compared.values.shape[1], np.nan)
    if compared.shares:
        first, second = (shares.mean(axis=0) for shares in compared.shares)
        both = (first > 0) & (second > 0)
        found[both] = np.log2(second[both] / first[both])
    return found
