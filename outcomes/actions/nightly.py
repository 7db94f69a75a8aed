"""The life of a run: asked for, taken up by a worker, heard of, ended.

Nothing here imports pandas: the web process asks for runs and shows how far they are.
"""

from collections.abc import Callable
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actions.background import NOT_STARTED, hand_over
from core.models import Trial, User
from core.refusals import Refused
from enrollment.models import TrialVersion
from outcomes.models import NightlyRun, Snapshot

COMPUTE_TASK = "outcomes.tasks.compute_trial"
"""By name, because the module of that task imports pandas."""

State, Step, Note = NightlyRun.State, NightlyRun.Step, NightlyRun.Note

PERCENT_AT = {Step.READ: 5, Step.RESPOND: 40, Step.SURVIVE: 60, Step.TABULATE: 80, Step.STORE: 90}


class Superseded(Exception):
    """Another worker took the run up, or it was given up as dead: this one stops."""


after_snapshot: list[Callable[[Snapshot], None]] = []
"""What an upper app does with each night's snapshot, a confirmed one too. It raises nothing."""


def follow_up(snapshot: Snapshot) -> None:
    """After the end of the run, so that nothing here can cost the night its snapshot."""
    for act in after_snapshot:
        act(snapshot)


def request_run(trial: Trial, *, by: User) -> NightlyRun:
    """A person asks for a run now. With a broker a worker takes it, else a process of its own.

    Raises:
        Refused: a run is under way, the trial has no definition, or nothing can start it.
    """
    run = queue_run(trial, by=by)
    transaction.on_commit(partial(start, run))
    return run


def queue_run(trial: Trial, *, by: User | None, cut_on: date | None = None) -> NightlyRun:
    """Notes that the trial is to be computed, in the place of a run that died.

    The cut is today in the trial's time zone unless another day is given; never later than the
    definition's own cut, where it has one.

    Raises:
        Refused: a run is under way, or the trial has no definition.
    """
    version = TrialVersion.objects.filter(trial=trial).first()
    if version is None:
        raise Refused(_("Load the definition of %(trial)s first.") % {"trial": trial.slug})
    now = timezone.now()
    last_day = cut_on or timezone.localdate(now, ZoneInfo(version.definition.trial.time_zone))
    final = version.definition.endpoints.data_cut_on
    with audit.writing(by=by):
        # The trial's row is the lock: of two requests at once, the second sees the first's run.
        Trial.objects.select_for_update().get(pk=trial.pk)
        for earlier in NightlyRun.objects.active().filter(trial=trial).select_for_update():
            if not earlier.is_dead(now):
                raise Refused(
                    _("A run of %(trial)s is under way since %(time)s UTC. Wait for its end.")
                    % {"trial": trial.slug, "time": f"{earlier.queued_at:%H:%M}"}
                )
            end_failed(earlier, Note.STOPPED)
        run = NightlyRun.objects.create(
            trial=trial,
            cut_on=last_day if final is None else min(last_day, final),
            requested_by=by,
            queued_at=now,
            heartbeat_at=now,
        )
        audit.record("nightly-run", by=by, target=run, cut_on=run.cut_on.isoformat())
    return run


def start(run: NightlyRun) -> None:
    """Hands the run to a worker or, without a broker, to a process beside the web server.

    Raises:
        Refused: neither can be done; the run has ended as failed, and no data is touched.
    """
    try:
        hand_over(run.pk, task=COMPUTE_TASK, command=("run_nightly", "--run"))
    except NOT_STARTED as error:
        note = Note.NO_BROKER if settings.REDIS_URL else Note.NO_PROCESS
        end_failed(run, note)
        raise Refused(note.label) from error


def take_up(run_id: int) -> NightlyRun | None:
    """The run, now the calling worker's; none where it has ended already.

    A task that is delivered again (its worker was killed) takes the run over: should the first
    worker live after all, it stops at its next step.
    """
    with transaction.atomic():
        run = NightlyRun.objects.select_for_update().get(pk=run_id)
        if not run.is_active:
            return None
        run.attempt += 1
        run.state = State.RUNNING
        run.started_at = run.heartbeat_at = timezone.now()
        run.save(update_fields=["attempt", "state", "started_at", "heartbeat_at"])
    return run


def report(run: NightlyRun, step: NightlyRun.Step) -> None:
    """Says that the run is alive and how far it is.

    Raises:
        Superseded: the run is no longer this worker's.
    """
    reached = _mine(run).update(step=step, percent=PERCENT_AT[step], heartbeat_at=timezone.now())
    if not reached:
        raise Superseded


def end_done(run: NightlyRun, snapshot: Snapshot, *, is_new: bool) -> None:
    """Call it in the transaction that stores the snapshot.

    Raises:
        Superseded: the run is no longer this worker's; the snapshot is not stored either.
    """
    now = timezone.now()
    reached = _mine(run).update(
        state=State.DONE,
        step=Step.END,
        percent=100,
        note=Note.NONE if is_new else Note.UNCHANGED,
        snapshot=snapshot,
        finished_at=now,
        heartbeat_at=now,
    )
    if not reached:
        raise Superseded


def end_failed(run: NightlyRun, note: NightlyRun.Note) -> None:
    """Ends an active run; one that has ended, or that another worker took up, stays as it is."""
    NightlyRun.objects.active().filter(pk=run.pk, attempt=run.attempt).update(
        state=State.FAILED, note=note, finished_at=timezone.now()
    )


def _mine(run: NightlyRun) -> QuerySet[NightlyRun]:
    return NightlyRun.objects.filter(pk=run.pk, state=State.RUNNING, attempt=run.attempt)
