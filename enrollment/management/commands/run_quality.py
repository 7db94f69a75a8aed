"""The data-quality checks in this process: by hand, by cron, or started by the web."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.models import Trial
from core.refusals import Refused
from enrollment.actions.quality import complete_quality_run, queue_quality_run
from enrollment.models import QualityRun


class Command(BaseCommand):
    help = "Runs the data-quality checks over each trial and stores what they find."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trial", metavar="SLUG", help="only this trial")
        parser.add_argument("--run", metavar="ID", type=int, help="a run that is queued already")

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command run_quality")
        if options["run"]:
            if not QualityRun.objects.filter(pk=options["run"]).exists():
                raise CommandError(f"There is no run {options['run']}.")
            self._finish(options["run"])
            return
        trials = Trial.objects.all()
        if options["trial"]:
            trials = trials.filter(slug=options["trial"])
            if not trials:
                raise CommandError(f"There is no trial {options['trial']}.")
        for trial in trials:
            try:
                self._finish(queue_quality_run(trial, by=None).pk)
            except Refused as refusal:
                raise CommandError(f"{trial.slug}: {refusal}") from refusal

    def _finish(self, run_id: int) -> None:
        run = complete_quality_run(run_id)
        self.stdout.write(
            f"{run.trial.slug}: {run.findings} findings, {run.raised} queries raised,"
            f" {run.closed} closed"
        )
