"""What Celery runs for this app. Each task calls an action and is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from core import audit
from core.models import Trial
from core.tasks import send_notices
from dosing.actions.low_stock import store_low_stock


@shared_task
def warn_of_low_stock() -> None:
    """Beat's task, once a day."""
    audit.set_source("task dosing.tasks.warn_of_low_stock")
    for trial in Trial.objects.all():
        with audit.writing(by=None):
            stored = store_low_stock(trial, now=timezone.now())
            if stored:
                send_notices.delay_on_commit(stored)
