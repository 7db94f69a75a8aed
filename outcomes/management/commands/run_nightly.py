"""The night's run in this process: by hand, by cron, or started by the web where no broker is."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core import audit
from core.models import Trial
from core.progress import Progress
from enrollment.policies import Refused
from outcomes.actions.nightly import end_failed, follow_up, queue_run
from outcomes.actions.quality import check_after_night
from outcomes.actions.snapshot import RunFailed, complete_run
from outcomes.models import NightlyRun


class Command(BaseCommand):
    help = "Computes each trial's snapshot: responses, ORR, DCR, PFS, OS and the derived tables."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--trial", metavar="SLUG", help="only this trial")
        parser.add_argument(
            "--cut", metavar="DATE", type=date.fromisoformat, help="another data cut than today"
        )
        parser.add_argument("--run", metavar="ID", type=int, help="a run that is queued already")

    def handle(self, *args: Any, **options: Any) -> None:
        audit.set_source("command run_nightly")
        try:
            failed = self._run_one(options["run"]) if options["run"] else self._run_all(options)
        except OperationalError as error:
            raise CommandError(
                "The database does not answer. The run will be taken up by the next one."
            ) from error
        if failed:
            raise CommandError(f"No new snapshot of {', '.join(failed)}. The earlier one stays.")

    def _run_all(self, options: dict[str, Any]) -> list[str]:
        trials = Trial.objects.all()
        if options["trial"]:
            trials = trials.filter(slug=options["trial"])
            if not trials:
                raise CommandError(f"There is no trial {options['trial']}.")
        return [trial.slug for trial in trials if not self._compute(trial, options["cut"])]

    def _run_one(self, run_id: int) -> list[str]:
        run = NightlyRun.objects.select_related("trial").filter(pk=run_id).first()
        if run is None:
            raise CommandError(f"There is no run {run_id}.")
        return [] if self._finish(run) else [run.trial.slug]

    def _compute(self, trial: Trial, cut_on: date | None) -> bool:
        try:
            run = queue_run(trial, by=None, cut_on=cut_on)
        except Refused as refusal:
            self.stderr.write(f"{trial.slug}: {refusal}")
            return False
        return self._finish(run)

    def _finish(self, run: NightlyRun) -> bool:
        slug = run.trial.slug
        progress = Progress(self.stdout, slug, total=100)
        try:
            snapshot = complete_run(
                run.pk, watch=lambda _step, percent: progress.advance(percent - progress.done)
            )
        except RunFailed as failure:
            progress.finish()
            self.stderr.write(f"{slug}: {failure}")
            return False
        except KeyboardInterrupt:
            run.refresh_from_db()
            end_failed(run, NightlyRun.Note.STOPPED)
            raise
        progress.advance(progress.total)
        progress.finish()
        run.refresh_from_db()
        if snapshot is None:
            self.stdout.write(f"{slug}: run {run.pk} was {run.state} already")
            return run.state == NightlyRun.State.DONE
        summary = snapshot.summary
        self.stdout.write(
            f"{slug}: data cut {snapshot.cut_on}, {summary['flow']['enrolled']} patients,"
            f" snapshot {snapshot.pk}. {run.message}".rstrip()
        )
        checks = check_after_night(run.pk)
        if checks is not None:
            self.stdout.write(
                f"{slug}: {checks.findings} findings, {checks.raised} queries raised,"
                f" {checks.closed} closed"
            )
        follow_up(snapshot)
        return True
