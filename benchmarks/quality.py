"""How long the data-quality checks take over all data of a trial, in a scratch SQLite file.

python -m benchmarks.quality [PATIENTS …]
"""

import sys

from benchmarks.nightly import measure_apart
from benchmarks.report import Row, print_table

TARGETS = {100: 2, 10_000: 120}
"""Seconds; they run in the background and at night."""


def run() -> list[Row]:
    return [row for patients in TARGETS for row in _measure(patients)]


def _measure(patients: int) -> list[Row]:
    return measure_apart("benchmarks.quality_measured", patients, TARGETS)


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or list(TARGETS)
    print_table(row for patients in sizes for row in _measure(patients))


if __name__ == "__main__":
    main()
