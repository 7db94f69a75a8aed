"""What Celery runs for this app."""

from celery import shared_task

from core import audit
from microbiome.actions.analyses import complete


@shared_task
def analyze(analysis_id: int) -> None:
    """Delivered again after its worker was killed, it begins anew."""
    audit.set_source("task microbiome.tasks.analyze")
    complete(analysis_id)
