"""Tasks of the ground floor: letters, and the seals of the audit trail."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from core.actions.notices import send_notice
from core.actions.sessions import note_time_outs
from core.activation import send_activation
from core.audit.sealing import seal_entries
from core.models import User

logger = logging.getLogger(__name__)


@shared_task(bind=True, max_retries=8)
def send_notices(task: Any, pks: list[int]) -> None:
    """Safe to repeat: what was sent is not sent again.

    Without a worker the letter is tried once, in the request that caused it, and a mail server
    that is away must not spoil that request: the notice stays on the person's page.
    """
    for pk in pks:
        try:
            send_notice(pk)
        except OSError as error:
            if not task.request.is_eager:
                raise task.retry(exc=error, countdown=30 * 2**task.request.retries) from error
            logger.exception("notice %s could not be sent", pk)


@shared_task
def seal_audit() -> None:
    """Beat's task of every minute. Two at a time do no harm: the second finds the lock taken."""
    seal_entries(at=timezone.now())


@shared_task
def note_session_time_outs() -> None:
    """Beat's task of every five minutes: sessions that ran out while nobody came back."""
    note_time_outs(now=timezone.now())


@shared_task(bind=True, max_retries=8)
def send_activation_letter(task: Any, pk: int, base: str) -> None:
    """The link is made here: a task's arguments lie in the broker for anybody to read."""
    try:
        send_activation(User.objects.get(pk=pk), base=base)
    except OSError as error:
        if not task.request.is_eager:
            raise task.retry(exc=error, countdown=30 * 2**task.request.retries) from error
        logger.exception("activation letter to person %s could not be sent", pk)
