"""Tables of samples for every command: read, filtered, and refused where no analysis can follow."""

import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.files.matrix import Matrix, Numbers, read_matrix
from core.files.table import BadFile, BadRow
from microbiome.calc.counts import MOST_FEATURES, MOST_SAMPLES

COUNTS = Numbers(may_be_fractions=False)
AMOUNTS = Numbers()
ANY_NUMBERS = Numbers(may_be_negative=True)


def add_table_options(parser: ArgumentParser) -> None:
    parser.add_argument("--counts", type=Path, required=True, help="samples × features")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--min-samples",
        type=int,
        default=0,
        metavar="N",
        help="leave out features that are not zero in fewer samples than this",
    )


def read_samples(options: dict[str, Any], numbers: Numbers) -> Matrix:
    """The table of `--counts` without the features that `--min-samples` leaves out.

    Raises:
        BadFile: see `read_matrix`; or no feature or too many are left.
    """
    table = read_matrix(options["counts"], numbers, most_samples=MOST_SAMPLES)
    least = options["min_samples"]
    if least > 0:
        kept = (table.values != 0).sum(axis=0) >= least
        note(f"{len(kept) - kept.sum()} of {len(kept)} features left out by --min-samples {least}")
        features = [feature for feature, keep in zip(table.features, kept, strict=True) if keep]
        table = replace(table, features=features, values=table.values[:, kept])
    if not table.features:
        raise BadFile([BadRow(table.file, 1, "no feature is left")])
    if len(table.features) > MOST_FEATURES:
        raise BadFile(
            [
                BadRow(
                    table.file,
                    1,
                    f"there are {len(table.features):,} features, more than {MOST_FEATURES:,}; "
                    "leave out rare ones with --min-samples",
                )
            ]
        )
    return table


def read_filled_samples(options: dict[str, Any], numbers: Numbers) -> Matrix:
    """As `read_samples`; a sample without any read is refused."""
    table = read_samples(options, numbers)
    empty = [i for i, total in enumerate(table.values.sum(axis=1)) if total == 0]
    if empty:
        raise BadFile([table.bad_row(i, "it is empty, every count is 0") for i in empty])
    return table


def note(sentence: str) -> None:
    """Tells the person at the terminal; the file that is written stays plain."""
    sys.stderr.write(f"note: {sentence}\n")
