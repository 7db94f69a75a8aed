"""How long a night's run takes: reading, deriving and storing, in a scratch SQLite file.

    python -m benchmarks.nightly [PATIENTS …]
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from datetime import date
from pathlib import Path

from benchmarks.report import Row, print_table

TARGETS = {122: "below 3 s", 10_000: "below 60 s"}
"""The demo's patients, and as many as a large group of hospitals could have."""


def run() -> list[Row]:
    """Each size in a process of its own, so that this one's database stays as it is."""
    return [row for patients in TARGETS for row in _measure_apart(patients)]


def main() -> None:
    sizes = [int(argument) for argument in sys.argv[1:]] or list(TARGETS)
    print_table(row for patients in sizes for row in _measure_apart(patients))


def _measure_apart(patients: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        scratch = {
            "DJANGO_SETTINGS_MODULE": "trialsite.settings",
            "TRIALSITE_TEST": "1",
            "TRIALSITE_SQLITE": str(Path(folder) / "scratch.sqlite3"),
        }
        away = ("DATABASE_URL", "REDIS_URL")
        environment = {key: value for key, value in os.environ.items() if key not in away}
        command = [sys.executable, "-m", "benchmarks.nightly", "--measure", str(patients)]
        done = subprocess.run(
            command, env=environment | scratch, check=True, stdout=subprocess.PIPE, text=True
        )
    return [Row(**row) for row in json.loads(done.stdout)]


def _measure(patients: int) -> list[Row]:
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.population import simulate
    from outcomes.actions.nightly import queue_run
    from outcomes.actions.snapshot import complete_run

    call_command("migrate", verbosity=0)
    version = simulate(patients, first_day=date(2024, 1, 1), last_day=date(2026, 6, 30))
    started = time.perf_counter()
    steps: list[tuple[str, float]] = []
    run = queue_run(version.trial, by=None, cut_on=date(2026, 6, 30))
    complete_run(run.pk, watch=lambda step, _percent: steps.append((step, time.perf_counter())))
    ended = time.perf_counter()
    rows = [
        Row(f"nightly run, {patients} patients", ended - started, "s", TARGETS.get(patients, ""))
    ]
    for (step, begun), (_next, done) in zip(steps, [*steps[1:], ("", ended)], strict=True):
        rows.append(Row(f"  of it: {step}", done - begun, "s"))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(Row("  memory at its highest", peak_mb, "MB"))
    return rows


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps([asdict(row) for row in _measure(int(sys.argv[2]))]))
    else:
        main()
