"""The Celery application: workers, beat, and what a task does when the broker is away."""

import logging
import os
import sys
from typing import Any

from celery import Celery, signals
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trialsite.settings")


logger = logging.getLogger(__name__)


class Task(DjangoTask):
    """A task that cannot be queued after a commit is logged; what was saved stays a success.

    The next night's run does what such a task would have done.
    """

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:
        transaction.on_commit(lambda: self._queue(*args, **kwargs))

    def _queue(self, *args: Any, **kwargs: Any) -> None:
        try:
            self.delay(*args, **kwargs)
        except OperationalError:
            logger.exception("the broker is away, %s is left to the night", self.name)


app = Celery("trialsite", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def leave_logging_to_django(**kwargs: Any) -> None:
    """Celery sets up no logging of its own when somebody listens to this signal."""


@signals.worker_init.connect
@signals.beat_init.connect
def refuse_unsafe_start(**kwargs: Any) -> None:
    from trialsite import safety  # noqa: PLC0415 - needs the models, which load after this module

    safety.refuse_unsafe_start()
    if not settings.REDIS_URL:
        sys.exit("REDIS_URL is not set: tasks run in the web process, there is nothing to work on.")
