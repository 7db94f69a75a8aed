"""Processes around a night's run, for tests that kill one of them.

    python -m tests.integration.outcomes.night prepare
    python -m tests.integration.outcomes.night run_nightly STEP [OPTION …]
    python -m tests.integration.outcomes.night worker STEP
    python -m tests.integration.outcomes.night send

The second and third kill themselves with SIGKILL when the run reaches STEP: a code of
`NightlyRun.Step`, `tables` (between the snapshot and its tables) or `never`. They do it once if
NIGHT_DIED names a file, which then tells that it was done. With NIGHT_KILLS=all the worker's
parent goes too. The last one does what beat does.
"""

import os
import signal
import sys
from datetime import date
from pathlib import Path

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
    if note := os.environ.get("NIGHT_DIED"):
        if Path(note).exists():
            return
        Path(note).touch()
    if os.environ.get("NIGHT_KILLS") == "all":
        os.kill(os.getppid(), signal.SIGKILL)
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
    elif what == "send":
        app.send_task("outcomes.tasks.run_nightly")
    else:
        die_at(rest[0])
        if what == "worker":
            alone = ["--without-mingle", "--without-gossip", "--without-heartbeat"]
            app.worker_main(["worker", "--pool=prefork", "--concurrency=1", "-lERROR", *alone])
        else:
            call_command("run_nightly", *rest[1:])
