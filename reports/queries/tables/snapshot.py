"""One unmoving state of the database, for as long as a download takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_BEGIN = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    # Deferred: in WAL mode a reader holds nobody up, whatever the settings say of writers.
    "sqlite": "BEGIN DEFERRED",
}


@contextmanager
def one_snapshot() -> Iterator[BaseDatabaseWrapper]:
    """A connection whose reads all see the same moment.

    It is a connection of its own, so that the request goes on writing its audit entry and its
    session on the usual one. A caller that is inside a transaction already reads in that one,
    and so sees what it has written itself.
    """
    if connection.in_atomic_block:
        yield connection
        return
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute(_BEGIN[own.vendor])
        yield own
    finally:
        own.close()


@contextmanager
def one_state() -> Iterator[None]:
    """The same on the usual connection, for work that does not answer a request.

    Inside, nothing is written: on SQLite a writer would have to wait otherwise.
    """
    if connection.in_atomic_block:
        yield
        return
    mode = getattr(connection, "transaction_mode", None)
    try:
        if connection.vendor == "sqlite":
            connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]
