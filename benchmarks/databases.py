"""A PostgreSQL database for one measurement."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2.sql import SQL, Identifier

from tests.components import is_present, postgresql_url


@contextmanager
def scratch_postgresql() -> Iterator[str]:
    """The address of an empty database, dropped at the end; empty where no server answers."""
    if not is_present("postgresql"):
        yield ""
        return
    server, name = postgresql_url(), f"bench_{os.getpid()}"
    _say(server, SQL("CREATE DATABASE {}").format(Identifier(name)))
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        _say(server, SQL("DROP DATABASE {}").format(Identifier(name)))


def _say(server: str, statement: SQL) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True  # databases are made outside transactions
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()
