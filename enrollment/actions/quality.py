"""Running the data-quality checks, storing what they find, and the queries that follow from it."""

import logging
from datetime import date, datetime

from django.db import OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.actions.background import NOT_STARTED, hand_over
from core.models import Trial, User
from core.refusals import Refused
from enrollment.models import Patient, QualityFinding, QualityRun
from enrollment.quality import Scope, get_check
from enrollment.quality.run import Found, automatic, run_checks
from oversight.actions import Raised, close_corrected, raise_query, sync_automatic
from oversight.models import Query

logger = logging.getLogger(__name__)

TASK = "enrollment.tasks.check_trial"
BATCH = 1000

State = QualityRun.State


def queue_quality_run(trial: Trial, *, by: User | None) -> QualityRun:
    """
    Raises:
        Refused: a run is under way and alive.
    """
    now = timezone.now()
    with audit.writing(by=by):
        Trial.objects.select_for_update().get(pk=trial.pk)
        active = QualityRun.objects.filter(trial=trial, state__in=QualityRun.ACTIVE).first()
        if active is not None and not active.is_dead(now):
            raise Refused(_("The checks of this trial are under way."))
        if active is not None:
            _end(active, State.FAILED)
        run = QualityRun.objects.create(
            trial=trial, requested_by=by, queued_at=now, heartbeat_at=now
        )
        audit.record("quality-run", by=by, target=run)
    return run


def start_quality_run(run: QualityRun) -> None:
    """Hands the run to a worker or, without a broker, to a process beside the web server.

    Raises:
        Refused: neither can be done; the run has ended as failed.
    """
    try:
        hand_over(run.pk, task=TASK, command=("run_quality", "--run"))
    except NOT_STARTED as error:
        _end(run, State.FAILED)
        raise Refused(_("The checks could not be started. Try again later.")) from error


def complete_quality_run(run_id: int, *, today: date | None = None) -> QualityRun:
    """Runs all checks of the trial, stores the findings and brings automatic queries in step.

    A run that has ended stays as it is.
    """
    run = QualityRun.objects.select_related("trial").get(pk=run_id)
    if not run.is_active:
        return run
    _beat(run, 1)
    try:
        scope = Scope(run.trial, today or timezone.localdate())
        found = run_checks(scope, watch=lambda percent: _beat(run, 80 * percent // 100))
        with audit.writing(by=None, reason="data-quality checks"):
            store_findings(run.trial, found, at=timezone.now())
            run.raised, run.closed = sync_automatic(run.trial, _raised(automatic(found)))
            run.findings = len(found)
            _end(run, State.DONE)
            audit.record("quality-run-done", by=None, target=run, findings=run.findings)
    except OperationalError:
        raise
    except Exception:
        logger.exception("run %s of the data-quality checks failed", run.pk)
        _end(run, State.FAILED)
        raise
    return run


def _beat(run: QualityRun, percent: int) -> None:
    QualityRun.objects.filter(pk=run.pk, state__in=QualityRun.ACTIVE).update(
        state=State.RUNNING, percent=percent, heartbeat_at=timezone.now()
    )


def _end(run: QualityRun, state: str) -> None:
    run.state, run.finished_at, run.percent = state, timezone.now(), 100
    run.save(update_fields=["state", "finished_at", "percent", "findings", "raised", "closed"])


def store_findings(trial: Trial, found: Found, *, at: datetime) -> None:
    """Replaces the findings of the last run; one that is still there keeps its `since`."""
    known = {
        (finding.check_code, finding.place): finding
        for finding in QualityFinding.objects.filter(site__trial=trial)
    }
    gone = [finding.pk for key, finding in known.items() if key not in found]
    for start in range(0, len(gone), BATCH):
        QualityFinding.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    changed = []
    for key, finding in known.items():
        if key in found and finding.details != dict(found[key].details):
            finding.details = dict(found[key].details)
            changed.append(finding)
    QualityFinding.objects.bulk_update(changed, ["details"], batch_size=BATCH)
    QualityFinding.objects.bulk_create(
        (
            QualityFinding(check_code=code, since=at, details=dict(item.details), **place.columns)
            for (code, place), item in found.items()
            if (code, place) not in known
        ),
        batch_size=BATCH,
    )


def _raised(found: Found) -> list[Raised]:
    """With the question as the check asks it, in the site's first language."""
    return [
        Raised(place, code, get_check(code).sentence(item.details), item.digest)
        for (code, place), item in found.items()
        if place.form
    ]


def settle_queries(patient: Patient, *, today: date) -> int:
    """After a save: closes the patient's automatic queries whose cause is gone.

    One query when there is none to look at, which is nearly always; the night raises new ones.
    """
    waiting = Query.objects.not_closed().filter(patient_id=patient.pk).exclude(check_code="")
    codes = set(waiting.order_by().values_list("check_code", flat=True).distinct())
    if not codes:
        return 0
    found = run_checks(Scope(patient.trial, today, patient.pk), only=codes)
    return close_corrected(patient.pk, {(code, place) for code, place in found})


def ask_about(finding: QualityFinding, *, by: User) -> Query:
    """Raises the query that the check would ask, unless one about the place waits already.

    Raises:
        Refused: it is about a visit's plan, which no form holds.
    """
    if not finding.form:
        raise Refused(_("A query needs a field of a form. Write to the site about this one."))
    with audit.writing(by=by):
        QualityFinding.objects.select_for_update().get(pk=finding.pk)
        waiting = Query.objects.not_closed().at(finding.place).first()
        if waiting is not None:
            return waiting
        check = get_check(finding.check_code)
        question = f"{check.code}: {check.sentence(finding.details)}"
        return raise_query(finding.place, by=by, question=question)
