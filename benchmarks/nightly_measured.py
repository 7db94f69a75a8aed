"""The process that `benchmarks.nightly` starts: one size, in the database that it is given."""

import json
import resource
import sys
import time
from dataclasses import asdict
from datetime import date

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.population import simulate  # noqa: E402
from benchmarks.report import Row  # noqa: E402
from outcomes.actions.nightly import queue_run  # noqa: E402
from outcomes.actions.snapshot import complete_run  # noqa: E402

FIRST_DAY, CUT = date(2024, 1, 1), date(2026, 6, 30)


def measure(patients: int) -> list[Row]:
    call_command("migrate", verbosity=0)
    version = simulate(patients, first_day=FIRST_DAY, last_day=CUT)
    steps: list[tuple[str, float]] = []
    started = time.perf_counter()
    run = queue_run(version.trial, by=None, cut_on=CUT)
    complete_run(run.pk, watch=lambda step, _percent: steps.append((step, time.perf_counter())))
    ended = time.perf_counter()
    rows = [Row(f"nightly run, {patients} patients", ended - started, "s")]
    for (step, begun), (_next, done) in zip(steps, [*steps[1:], ("", ended)], strict=True):
        rows.append(Row(f"  of it: {step}", done - begun, "s"))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows.append(Row("  memory at its highest", peak_mb, "MB"))
    return rows


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in measure(int(sys.argv[1]))]))
