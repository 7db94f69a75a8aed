"""What Celery runs for this app. Each task takes ids, calls an action and is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from core import audit
from core.models import Trial
from core.tasks import send_notices
from enrollment.actions.digests import store_digests
from enrollment.actions.quality import complete_quality_run


@shared_task
def check_trial(run_id: int) -> None:
    """The data-quality checks of one trial."""
    audit.set_source("task enrollment.tasks.check_trial")
    complete_quality_run(run_id)


@shared_task
def send_query_digests() -> None:
    """Beat's task, once a day. Repeated on the same day it writes nobody twice."""
    audit.set_source("task enrollment.tasks.send_query_digests")
    for trial in Trial.objects.all():
        with audit.writing(by=None):
            stored = store_digests(trial, now=timezone.now())
            if stored:
                send_notices.delay_on_commit(stored)
