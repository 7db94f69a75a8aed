"""What Celery runs. Each task takes ids, calls an action and is safe to run twice."""

import logging
from datetime import timedelta

from celery import Task, shared_task
from django.db import OperationalError

from core import audit
from core.models import Trial
from enrollment.policies import Refused
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import RunFailed, complete_run

logger = logging.getLogger(__name__)

WAIT_FOR_DATABASE = timedelta(seconds=30)


@shared_task
def run_nightly() -> None:
    """Beat's task: one task for each trial, but for those that are being computed already."""
    audit.set_source("task outcomes.tasks.run_nightly")
    for trial in Trial.objects.all():
        try:
            run = queue_run(trial, by=None)
        except Refused as refusal:
            logger.warning("no nightly run of %s: %s", trial.slug, refusal)
        else:
            compute_trial.delay_on_commit(run.pk)


@shared_task(bind=True, max_retries=5)
def compute_trial(self: Task, run_id: int) -> None:
    """Computes one trial. Delivered again after its worker was killed, it does the rest."""
    audit.set_source("task outcomes.tasks.compute_trial")
    try:
        complete_run(run_id)
    except RunFailed:
        pass  # the run, the log and a letter say it already, and a retry would fail alike
    except OperationalError as error:
        raise self.retry(exc=error, countdown=WAIT_FOR_DATABASE.total_seconds()) from error
