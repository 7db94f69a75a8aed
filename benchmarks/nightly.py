"""How long a night's run takes: reading, deriving and storing, in a scratch SQLite file.

python -m benchmarks.nightly [PATIENTS …]
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks.report import Row, print_table

TARGETS = {122: 3, 10_000: 60}
"""Seconds for the demo's patients, and as many as a large group of hospitals could have."""


def run() -> list[Row]:
    """Each size in a process of its own, so that this one's database stays as it is."""
    return [row for patients in TARGETS for row in _measure_apart(patients)]


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or list(TARGETS)
    print_table(row for patients in sizes for row in _measure_apart(patients))


def _measure_apart(patients: int) -> list[Row]:
    return measure_apart("benchmarks.nightly_measured", patients, TARGETS)


def measure_apart(module: str, patients: int, targets: dict[int, int]) -> list[Row]:
    """Runs the module in a process of its own over a scratch database."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = {
            "DJANGO_SETTINGS_MODULE": "trialsite.settings",
            "TRIALSITE_TEST": "1",
            "TRIALSITE_SQLITE": str(Path(folder) / "scratch.sqlite3"),
        }
        away = ("DATABASE_URL", "REDIS_URL")
        environment = {key: value for key, value in os.environ.items() if key not in away}
        command = [sys.executable, "-m", module, str(patients)]
        done = subprocess.run(
            command, env=environment | scratch, check=True, stdout=subprocess.PIPE, text=True
        )
    total, *parts = [Row(**row) for row in json.loads(done.stdout)]
    return [replace(total, limit=targets.get(patients)), *parts]


if __name__ == "__main__":
    main()
