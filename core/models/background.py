"""Work outside of the request, that a worker or a process beside the web server does."""

from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

SILENCE_OF_THE_DEAD = timedelta(minutes=2)
"""Work that has not been heard of for so long was killed, or its task was lost."""


class BackgroundWork(models.Model):
    """Asked for, taken up, heard of from time to time, and ended one way or the other."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    ACTIVE = (State.QUEUED, State.RUNNING)

    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    heartbeat_at = models.DateTimeField(_("last heard of"))

    class Meta:
        abstract = True

    @property
    def is_active(self) -> bool:
        return self.state in self.ACTIVE

    def is_dead(self, now: datetime) -> bool:
        """Still called active, but not heard of: the next request takes its place."""
        return self.is_active and now - self.heartbeat_at > SILENCE_OF_THE_DEAD
