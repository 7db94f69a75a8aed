"""A table as CSV from the web server, beside the database's own program for the same query.

python -m benchmarks.exports [PATIENTS]    20 rows each; 100000 for two million rows
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.audit import measure_database
from benchmarks.databases import scratch_postgresql
from benchmarks.report import Row, print_table

PATIENTS = 10_000


def run(patients: int = PATIENTS) -> Iterator[Row]:
    """Each database in a process of its own."""
    module = "benchmarks.exports_measured"
    with tempfile.TemporaryDirectory() as folder:
        file = {"TRIALSITE_SQLITE": str(Path(folder) / "scratch.sqlite3")}
        yield from measure_database(module, "SQLite", file, patients)
    with scratch_postgresql() as url:
        if url:
            yield from measure_database(module, "PostgreSQL", {"DATABASE_URL": url}, patients)


if __name__ == "__main__":
    print_table(run(*(int(argument) for argument in sys.argv[1:])))
