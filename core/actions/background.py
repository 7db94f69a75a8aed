"""Work that a request starts and does not wait for."""

import subprocess
import sys
from threading import Thread

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError as BrokerAway

NOT_STARTED = (BrokerAway, OSError)
"""What `hand_over` raises where neither a worker nor a process can be asked."""


def hand_over(pk: int, *, task: str, command: tuple[str, ...]) -> None:
    """Gives the row of this key to a worker or, without a broker, to a `manage.py` command.

    Both are given the key alone: they read from the database what is to be done.

    Raises:
        NOT_STARTED: the broker does not answer, or no process can be made.
    """
    if settings.REDIS_URL:
        current_app.send_task(task, args=[pk])
        return
    process = subprocess.Popen(  # noqa: S603 (nothing in it comes from a person)
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *command, str(pk)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody has to ask for the exit code, or an ended process stays in the process table.
    Thread(target=process.wait, daemon=True).start()
