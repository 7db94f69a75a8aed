"""Whether the numbers that pages show are those of the last night and, if not, why."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from outcomes.models import NightlyRun, Snapshot

DUE_WITHIN = timedelta(hours=30)
"""A run is due every night; six hours are left to a night that begins late or takes long."""


def why_old(snapshot: Snapshot, runs: Sequence[NightlyRun], *, now: datetime) -> str:
    """The sentence to mark the newest snapshot's numbers with; empty while they are not old.

    `runs`: of `since_success`.
    """
    failed = next((run for run in runs if has_failed(run, now)), None)
    if failed is not None:
        return _(
            "These numbers are of the data cut %(cut)s: the run of %(day)s failed. %(why)s"
        ) % {
            "cut": f"{snapshot.cut_on:%Y-%m-%d}",
            "day": f"{timezone.localtime(failed.queued_at):%Y-%m-%d}",
            "why": failed.message or NightlyRun.Note.STOPPED.label,
        }
    ended = next((run.finished_at for run in runs if run.finished_at is not None), None)
    if ended is None or now - ended <= DUE_WITHIN:
        return ""
    return _(
        "These numbers are of the data cut %(cut)s: no run has ended since %(time)s, though one is"
        " due every night."
    ) % {
        "cut": f"{snapshot.cut_on:%Y-%m-%d}",
        "time": f"{timezone.localtime(ended):%Y-%m-%d %H:%M}",
    }


def has_failed(run: NightlyRun, now: datetime) -> bool:
    """Also by silence."""
    return run.state == NightlyRun.State.FAILED or run.is_dead(now)
