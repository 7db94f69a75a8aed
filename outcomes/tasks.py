"""What Celery runs. Each task takes ids, calls an action and is safe to run twice."""

import logging
from datetime import timedelta

from celery import Task, shared_task
from django.db import OperationalError
from django.utils import timezone

from core import audit
from core.models import Trial
from core.tasks import seal_audit, send_notices
from enrollment.policies import Refused
from outcomes.actions import serious
from outcomes.actions.nightly import follow_up, queue_run
from outcomes.actions.quality import check_after_night
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


@shared_task
def warn_of_clocks() -> None:
    """Beat's task, each hour: serious adverse events whose 24 hours are nearly over or over."""
    audit.set_source("task outcomes.tasks.warn_of_clocks")
    notices = serious.warn_of_clocks(at=timezone.now())
    if notices:
        send_notices.delay_on_commit(notices)


@shared_task(bind=True, max_retries=5)
def compute_trial(self: Task, run_id: int) -> None:
    """Computes one trial. Delivered again after its worker was killed, it does the rest."""
    audit.set_source("task outcomes.tasks.compute_trial")
    try:
        if (snapshot := complete_run(run_id)) is not None:
            check_after_night(run_id)
            follow_up(snapshot)
    except RunFailed:
        pass  # the run, the log and a letter say it already, and a retry would fail alike
    except OperationalError as error:
        raise self.retry(exc=error, countdown=WAIT_FOR_DATABASE.total_seconds()) from error
    seal_audit.delay_on_commit()
