"""The process that `benchmarks.quality` starts: one size, in the database that it is given."""

import json
import resource
import sys
import time
from dataclasses import asdict
from datetime import date
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from benchmarks.population import simulate  # noqa: E402
from benchmarks.report import Row  # noqa: E402
from core.fields import captured_fields  # noqa: E402
from enrollment.actions.quality import complete_quality_run, queue_quality_run  # noqa: E402
from enrollment.registry import all_specs  # noqa: E402

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2026, 6, 30)


def measure(patients: int) -> list[Row]:
    call_command("migrate", verbosity=0)
    version = simulate(patients, first_day=FIRST_DAY, last_day=LAST_DAY)
    for spec in all_specs():
        _say_why_blank(spec.model)
        if spec.rows is not None:
            _say_why_blank(spec.rows.model)
    started = time.perf_counter()
    run = queue_quality_run(version.trial, by=None)
    run = complete_quality_run(run.pk, today=LAST_DAY)
    ended = time.perf_counter()
    again = queue_quality_run(version.trial, by=None)
    complete_quality_run(again.pk, today=LAST_DAY)
    return [
        Row(f"data-quality checks, {patients} patients", ended - started, "s"),
        Row("  findings", run.findings, ""),
        Row("  again, nothing new", time.perf_counter() - ended, "s"),
        Row(
            "  memory at its highest",
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "MB",
        ),
    ]


def _say_why_blank(model: type[Any]) -> None:
    """The simulated forms leave fields empty that a complete form answers: not done."""
    one = model._default_manager.first()
    if one is not None:
        blank = {
            field.name: "ND"
            for field in captured_fields(model)
            if field.allows_missing_code and getattr(one, field.name) in (None, "")
        }
        model._default_manager.update(missing=blank)


if __name__ == "__main__":
    print(json.dumps([asdict(row) for row in measure(int(sys.argv[1]))]))
