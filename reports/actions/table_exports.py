"""Archives of tables: asked for by a person, made by a worker, fetched by that person."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation

from core import audit
from core.actions.background import NOT_STARTED, hand_over
from core.models import Membership, Trial, User
from core.permissions import require_permission
from enrollment.queries.arms import note_export
from outcomes.models import Snapshot
from reports.models import TableExport
from reports.queries.archives import archive_of
from reports.queries.tables import Scope

logger = logging.getLogger(__name__)

TASK = "reports.tasks.make_table_export"
KEPT_FOR = timedelta(hours=24)
State, Note = TableExport.State, TableExport.Note


class Superseded(Exception):
    """Another worker took the export up: this one stops."""


def request_export(
    trial: Trial,
    *,
    by: User,
    tables: Sequence[str],
    form: str,
    snapshot: Snapshot | None,
    reason: str,
    is_unblinded: bool = False,
) -> TableExport:
    """Notes the wish and starts the work on commit; the caller has checked the permission.

    Asked again while the same is being made, it is that one: each is a process of its own.
    """
    now = timezone.now()
    remove_expired()
    wish: dict[str, Any] = {
        "tables": list(tables),
        "form": form,
        "snapshot": snapshot,
        "is_unblinded": is_unblinded,
    }
    if is_unblinded:
        wish["reason"] = reason  # the register has each one
    with audit.writing(by=by):
        Trial.objects.select_for_update().get(pk=trial.pk)
        same = TableExport.objects.of(by).filter(trial=trial, **wish)
        for known in same.filter(state__in=TableExport.ACTIVE):
            if not known.is_dead(now):
                return known
        export = TableExport.objects.create(
            trial=trial,
            requested_by=by,
            requested_at=now,
            heartbeat_at=now,
            expires_at=now + KEPT_FOR,
            **wish | {"reason": reason},
        )
        transaction.on_commit(partial(start, export))
    return export


def remove_expired() -> None:
    TableExport.objects.filter(expires_at__lte=timezone.now()).delete()


def start(export: TableExport) -> None:
    """Hands the work to a worker or, without a broker, to a process beside the web server."""
    try:
        hand_over(export.pk, task=TASK, command=("make_table_export",))
    except NOT_STARTED:
        logger.exception("export %s could not be started", export.pk)
        _end(export, Note.NO_BROKER if settings.REDIS_URL else Note.NO_PROCESS)


def complete(export_id: int) -> None:
    """Makes the archive. Safe to run twice: what was made is kept, what was begun is made anew."""
    export = _take_up(export_id)
    if export is None:
        return
    try:
        # The right may have ended while the wish waited.
        scope = scope_of(export)
        require_permission(export.requested_by, scope.right, trial=export.trial)
        with translation.override("en"):
            made = archive_of(export, scope, watch=partial(_report, export))
        _store(export, made.content, made.counts)
    except Superseded:
        return
    except PermissionDenied:
        _end(export, Note.NOT_ALLOWED)
    except Exception:
        _end(export, Note.ERROR)
        raise


def scope_of(export: TableExport) -> Scope:
    return Scope(
        export.requested_by,
        export.trial,
        unblinded_for=export.reason if export.is_unblinded else "",
    )


def _take_up(export_id: int) -> TableExport | None:
    with transaction.atomic():
        export = TableExport.objects.select_for_update().filter(pk=export_id).first()
        if export is None or not export.is_active:
            return None
        export.attempt += 1
        export.state, export.done, export.heartbeat_at = State.RUNNING, 0, timezone.now()
        export.save(update_fields=["attempt", "state", "done", "heartbeat_at"])
    return TableExport.objects.select_related("trial", "snapshot", "requested_by").get(pk=export_id)


def _report(export: TableExport, done: int) -> None:
    mine = TableExport.objects.filter(pk=export.pk, attempt=export.attempt, state=State.RUNNING)
    if not mine.update(done=done, heartbeat_at=timezone.now()):
        raise Superseded


def _store(export: TableExport, content: bytes, counts: dict[str, int]) -> None:
    """The archive and the register's entry: of both or of none."""
    sha256 = hashlib.sha256(content).hexdigest()
    with audit.writing(by=export.requested_by):
        reached = TableExport.objects.filter(
            pk=export.pk, attempt=export.attempt, state=State.RUNNING
        ).update(
            state=State.DONE,
            done=export.total,
            heartbeat_at=timezone.now(),
            file_name=_file_name(export),
            sha256=sha256,
            size=len(content),
            content=content,
        )
        if not reached:
            raise Superseded
        said = {"sha256": sha256}
        if export.is_unblinded:
            note_export(export.trial, by=export.requested_by, reason=export.reason)
            # Blinded people read the register, and could try arms out until a hash fits.
            said = {"scope": "unblinded"}
        audit.record(
            "export",
            by=export.requested_by,
            target=export.trial,
            table=", ".join(counts),
            rows=sum(counts.values()),
            format=export.form,
            cut=export.snapshot_id,
            why=export.reason,
            **said,
        )


def _file_name(export: TableExport) -> str:
    scope = "-unblinded" if export.is_unblinded else ""
    return f"{export.trial.slug}-{export.form}{scope}-{export.pk}.zip"


def _end(export: TableExport, note: TableExport.Note) -> None:
    TableExport.objects.filter(
        pk=export.pk, attempt=export.attempt, state__in=TableExport.ACTIVE
    ).update(state=State.FAILED, note=note)


def fetch(export: TableExport, *, by: User) -> bytes:
    """The archive's bytes, after the download was noted.

    Raises:
        PermissionDenied: a role in the trial ended since: the archive may hold more than is theirs.
    """
    ended = Membership.objects.filter(user=by, trial=export.trial)
    if ended.filter(revoked_at__gte=export.requested_at).exists():
        raise PermissionDenied
    said = {} if export.is_unblinded else {"sha256": export.sha256}
    audit.record("export download", by=by, target=export.trial, export=export.pk, **said)
    return bytes(export.content or b"")
