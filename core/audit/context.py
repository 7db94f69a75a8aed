"""Tells the triggers who is writing, for the length of one transaction."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace

from django.db import connection, transaction

from core.models import User
from core.permissions import role_names


@dataclass(frozen=True)
class Writer:
    actor_id: int | None = None
    actor_name: str = ""
    actor_role: str = ""
    reason: str = ""
    source: str = ""


NOBODY = Writer()

_source: ContextVar[str] = ContextVar("audit_source", default="")
_current: ContextVar[Writer] = ContextVar("audit_writer", default=NOBODY)


def set_source(source: str) -> None:
    """Where writes of this request, task or command come from, e.g. `web enrollment:visit-open`."""
    _source.set(source[:200])


@contextmanager
def writing(*, by: User | None, reason: str = "") -> Iterator[None]:
    """One transaction whose every write is the named person's, for the given reason.

    `by=None` is the system itself (the night's run). Blocks nest: the inner one may name
    another reason, and the outer one's is back when it ends.
    """
    outer = _current.get()
    if by is not None and by.pk == outer.actor_id:
        writer = replace(outer, reason=reason or outer.reason)
    else:
        writer = _writer(by, reason)
    with transaction.atomic():
        token = _current.set(writer)
        _tell_database(writer)
        try:
            yield
        finally:
            _current.reset(token)
            if not connection.needs_rollback:
                _tell_database(outer)


def current_writer() -> Writer:
    return _current.get()


def _writer(by: User | None, reason: str) -> Writer:
    if by is None:
        return Writer(actor_name="system", reason=reason, source=_source.get())
    return Writer(
        actor_id=by.pk,
        actor_name=str(by)[:150],
        actor_role=role_names(by)[:120],
        reason=reason,
        source=_source.get(),
    )


def _tell_database(writer: Writer) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                # The sealer relies on a transaction being numbered before it takes an entry's id.
                "SELECT set_config('trialsite.writer', %s, true), pg_current_xact_id()",
                [json.dumps(asdict(writer)) if writer != NOBODY else ""],
            )
        else:
            cursor.execute(
                "UPDATE core_auditcontext SET actor_id = %s, actor_name = %s, actor_role = %s,"
                " reason = %s, source = %s",
                [
                    writer.actor_id,
                    writer.actor_name,
                    writer.actor_role,
                    writer.reason,
                    writer.source,
                ],
            )
