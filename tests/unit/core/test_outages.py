import sqlite3
from contextlib import closing

import kombu.exceptions
import psycopg2
import pytest
import redis.exceptions
from django.db import DataError, InterfaceError, OperationalError

from core.outages import is_outage


def operational(cause):
    error = OperationalError(str(cause))
    error.__cause__ = cause
    return error


def postgresql(code):
    """An error of the SQLSTATE given, as psycopg2 raises it; None when no server answered."""

    class Error(psycopg2.OperationalError):
        pgcode = code

    return operational(Error("told by the server"))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(postgresql(None), True, id="no server"),
        pytest.param(postgresql("08006"), True, id="connection failure"),
        pytest.param(postgresql("57P01"), True, id="shut down by the administrator"),
        pytest.param(postgresql("53300"), True, id="too many connections"),
        pytest.param(postgresql("40P01"), False, id="deadlock"),
        pytest.param(
            operational(sqlite3.OperationalError("unable to open database file")),
            True,
            id="no file",
        ),
        pytest.param(
            operational(sqlite3.OperationalError("database is locked")), True, id="locked"
        ),
        pytest.param(
            operational(sqlite3.OperationalError("no such table: x")), False, id="no table"
        ),
        pytest.param(InterfaceError("connection already closed"), True, id="closed"),
        pytest.param(kombu.exceptions.OperationalError("refused"), True, id="no broker"),
        pytest.param(redis.exceptions.ConnectionError("refused"), True, id="no cache"),
        pytest.param(DataError("too long"), False, id="wrong value"),
        pytest.param(ValueError("x"), False, id="our own error"),
        pytest.param(None, False, id="no error"),
    ],
)
def test_is_outage(error, expected):
    assert is_outage(error) is expected


def test_sqlite_file_that_cannot_be_written_is_an_outage(tmp_path):
    path = tmp_path / "site.sqlite3"
    path.touch()
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database,
        pytest.raises(sqlite3.OperationalError) as caught,
    ):
        database.execute("CREATE TABLE visit (id)")
    assert is_outage(operational(caught.value))


def test_full_sqlite_disk_is_an_outage(tmp_path):
    with (
        closing(sqlite3.connect(tmp_path / "site.sqlite3")) as database,
        pytest.raises(sqlite3.OperationalError) as caught,
    ):
        database.execute("PRAGMA max_page_count = 2")
        for number in range(5):
            database.execute(f"CREATE TABLE visit{number} (id)")
    assert is_outage(operational(caught.value))
