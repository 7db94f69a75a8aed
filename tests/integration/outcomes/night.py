"""Processes around a night's run, for tests that kill one of them.

    python -m tests.integration.outcomes.night prepare
    python -m tests.integration.outcomes.night run_nightly STEP [OPTION …]
    python -m tests.integration.outcomes.night worker STEP

The second and third kill themselves with SIGKILL when the run reaches STEP: a code of
`NightlyRun.Step`, `tables` (between the snapshot and its tables) or `never`.
"""

import os
import signal
import sys
from datetime import date

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from outcomes.actions import snapshot as snapshot_actions  # noqa: E402
from outcomes.models import SnapshotTable  # noqa: E402
from tests.integration.outcomes.story import Story, load_trial  # noqa: E402
from trialsite.celery import app  # noqa: E402


def prepare():
    call_command("migrate", verbosity=0)
    version = load_trial()
    for number in range(3):
        story = Story(version, f"A01-00{number}", day_one=date(2026, 1, 1 + number))
        story.scan(-7, 100).scan(42, 60).scan(84, 55).adverse_event("Nausea", 2)


def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(step):
    report = snapshot_actions.report

    def report_or_die(run, reached):
        report(run, reached)
        if reached == step:
            die()

    snapshot_actions.report = report_or_die
    if step == "tables":
        SnapshotTable.objects.bulk_create = die


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "prepare":
        prepare()
    else:
        die_at(rest[0])
        if what == "worker":
            app.worker_main(["worker", "--pool", "prefork", "--concurrency", "1", "-l", "ERROR"])
        else:
            call_command("run_nightly", *rest[1:])
