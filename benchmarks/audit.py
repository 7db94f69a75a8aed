"""What the audit trail costs: a save, a bulk update, and verifying a million entries.

python -m benchmarks.audit [ENTRIES]
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.databases import scratch_postgresql
from benchmarks.report import Row, print_table

ENTRIES = 1_000_000
MODULE = "benchmarks.audit_measured"


def run(entries: int = ENTRIES) -> Iterator[Row]:
    """Each database in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = {"TRIALSITE_SQLITE": str(Path(folder) / "scratch.sqlite3")}
        yield from measure_database(MODULE, "SQLite", file, entries)
    with scratch_postgresql() as url:
        if url:
            yield from measure_database(MODULE, "PostgreSQL", {"DATABASE_URL": url}, entries)


def measure_database(
    module: str, database: str, scratch: dict[str, str], size: int
) -> Iterator[Row]:
    """Runs the module in a process of its own over this empty database."""
    away = ("DATABASE_URL", "REDIS_URL")
    environment = {key: value for key, value in os.environ.items() if key not in away}
    environment |= {"DJANGO_SETTINGS_MODULE": "trialsite.settings", "TRIALSITE_TEST": "1"}
    command = [sys.executable, "-m", module, str(size)]
    done = subprocess.run(
        command, env=environment | scratch, check=True, stdout=subprocess.PIPE, text=True
    )
    for row in json.loads(done.stdout):
        yield replace(Row(**row), name=f"{database}: {row['name']}")


if __name__ == "__main__":
    print_table(run(*(int(argument) for argument in sys.argv[1:])))
