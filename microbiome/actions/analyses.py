"""Analyses: asked for by a person, computed by a worker, kept as they came out."""

import logging
from functools import partial
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import audit
from core.actions.background import NOT_STARTED, hand_over
from core.lazy import load
from core.models import User
from microbiome.actions.tables import counts_of
from microbiome.models import Analysis, ImportedTable
from microbiome.policies import withdrawn

logger = logging.getLogger(__name__)

TASK = "microbiome.tasks.analyze"
State, Note = Analysis.State, Analysis.Note
REASONS = ("withdrawn", "few-reads", "empty")
"""Why a sample was left out."""


class Stopped(Exception):
    """Somebody cancelled, or another worker took it up."""


def request_analysis(table: ImportedTable, *, by: User, **wish: Any) -> Analysis:
    """Notes the wish and starts the work on commit; the caller has checked the permission."""
    now = timezone.now()
    with audit.writing(by=by):
        analysis = Analysis.objects.create(
            table=table, requested_by=by, requested_at=now, heartbeat_at=now, **wish
        )
        audit.record("analysis", by=by, target=table, analysis=analysis.pk, **wish)
        transaction.on_commit(partial(start, analysis))
    return analysis


def start(analysis: Analysis) -> None:
    try:
        hand_over(analysis.pk, task=TASK, command=("analyze",))
    except NOT_STARTED:
        logger.exception("analysis %s could not be started", analysis.pk)
        _end(analysis, Note.NO_BROKER if settings.REDIS_URL else Note.NO_PROCESS)


def cancel(analysis: Analysis, *, by: User) -> None:
    """It stops after the step that it is at."""
    with audit.writing(by=by):
        active = Analysis.objects.filter(pk=analysis.pk, state__in=Analysis.ACTIVE)
        if active.update(is_cancelled=True):
            audit.record("analysis-cancel", by=by, target=analysis.table, analysis=analysis.pk)
        waiting = Analysis.objects.filter(pk=analysis.pk, state=State.QUEUED)
        waiting.update(state=State.FAILED, note=Note.CANCELLED)


def complete(analysis_id: int) -> None:
    """Safe to run twice: what is done stays, what was begun is begun anew."""
    taken = Analysis.objects.filter(pk=analysis_id, state__in=Analysis.ACTIVE)
    if not taken.update(state=State.RUNNING, done=0, heartbeat_at=timezone.now()):
        return
    analysis = Analysis.objects.select_related("table").get(pk=analysis_id)
    try:
        _store(analysis, _compute(analysis))
    except Stopped:
        _end(analysis, Note.CANCELLED)
    except load("microbiome.calc.counts").NotAnalyzable as impossible:
        few = "Fewer" in str(impossible)
        _end(analysis, Note.TOO_FEW if few else Note.IDENTICAL)
    except Exception:
        _end(analysis, Note.ERROR)
        raise


def _store(analysis: Analysis, result: dict[str, Any]) -> None:
    with transaction.atomic():
        Analysis.objects.filter(pk=analysis.pk, state=State.RUNNING).update(
            state=State.DONE,
            done=Analysis.STEPS,
            heartbeat_at=timezone.now(),
            result=result,
            versions={name: version(name) for name in ("numpy", "scipy")},
        )


def _compute(analysis: Analysis) -> dict[str, Any]:
    """Which samples went in and which did not, and every part of the overview."""
    # SciPy is for workers: no page loads it.
    calc, numpy = load("microbiome.calc.overview"), load("numpy")
    counts = counts_of(analysis.table)
    samples = {
        sample.name: sample
        for sample in analysis.table.samples.select_related("specimen__visit", "specimen__patient")
    }
    rows = [samples[name].specimen for name in analysis.table.names]
    _step(analysis, 1)
    gone = withdrawn({tube.patient_id for tube in rows if tube.patient_id})
    reads = counts.sum(axis=1)
    kept, dropped = [], []
    for place, tube in enumerate(rows):
        reason = ""
        if tube.patient_id in gone:
            reason = "withdrawn"
        elif not reads[place]:
            reason = "empty"
        elif reads[place] < analysis.least_reads:
            reason = "few-reads"
        if reason:
            dropped.append([analysis.table.names[place], reason])
        else:
            kept.append(place)
    table = counts[kept]
    table = table[:, table.any(axis=0)]
    tubes = [rows[place] for place in kept]
    wish = calc.Wish(
        analysis.metric,
        analysis.permutations,
        analysis.seed,
        numpy.array([tube.visit.key if tube.visit else "" for tube in tubes], dtype=str),
        numpy.array([str(tube.patient_id or "") for tube in tubes], dtype=str),
    )
    _step(analysis, 2)
    result: dict[str, Any] = {
        "samples": [analysis.table.names[place] for place in kept],
        "reads": [int(reads[place]) for place in kept],
        "dropped": dropped,
        "features": table.shape[1],
    }
    for step, part in enumerate(calc.overview(table, wish), start=3):
        result |= part
        _step(analysis, step)
    return result


def _step(analysis: Analysis, done: int) -> None:
    mine = Analysis.objects.filter(pk=analysis.pk, state=State.RUNNING, is_cancelled=False)
    if not mine.update(done=done, heartbeat_at=timezone.now()):
        raise Stopped


def _end(analysis: Analysis, note: Analysis.Note) -> None:
    Analysis.objects.filter(pk=analysis.pk, state__in=Analysis.ACTIVE).update(
        state=State.FAILED, note=note, heartbeat_at=timezone.now()
    )
