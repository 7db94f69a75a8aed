"""What Celery runs for this app."""

from celery import shared_task
from django.utils import timezone

from core import audit
from reports.actions import table_exports
from reports.actions.casebooks import complete, remove_expired


@shared_task
def make_casebook(export_id: int) -> None:
    """Delivered again after its worker was killed, it makes the files anew."""
    audit.set_source("task reports.tasks.make_casebook")
    complete(export_id)


@shared_task
def make_table_export(export_id: int) -> None:
    """Delivered again after its worker was killed, it makes the archive anew."""
    audit.set_source("task reports.tasks.make_table_export")
    table_exports.complete(export_id)


@shared_task
def remove_expired_casebooks() -> None:
    """Beat's task; without beat the next person who asks for a casebook or an export does it."""
    remove_expired(timezone.now())
    table_exports.remove_expired()
