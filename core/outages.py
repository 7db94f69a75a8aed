"""Is this error a database, or a broker, that cannot be reached just now?"""

import sqlite3

import kombu.exceptions
import redis.exceptions
from django.db import InterfaceError, OperationalError

# SQLSTATE classes: connection, resources (too many clients), operator (server is shutting down).
_AWAY_CLASSES = ("08", "53", "57")
_SQLITE_AWAY = (
    "unable to open database file",
    "database is locked",
    "database or disk is full",
    "attempt to write a readonly database",
    "disk I/O error",
)


def is_outage(error: BaseException | None) -> bool:
    """Whether trying again in a minute is the right advice. A wrong query is not an outage."""
    if isinstance(error, InterfaceError):
        return True
    if isinstance(error, OperationalError):
        return _cause_is_away(error.__cause__)
    return isinstance(error, kombu.exceptions.OperationalError | redis.exceptions.ConnectionError)


def _cause_is_away(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        return any(text in str(cause) for text in _SQLITE_AWAY)
    # psycopg2 has no SQLSTATE to give when no server answered.
    sqlstate = getattr(cause, "pgcode", None)
    return sqlstate is None or sqlstate.startswith(_AWAY_CLASSES)
