"""A table as CSV whose cells the database writes, several times quicker than Python.

Beside each `read` of a column stands here what says the same in SQL; a test holds the bytes of both
against each other for every table. Columns that only Python can make (scores, the details of the
trail) have no such text: their tables go through `csv_chunks`.
"""

import csv
import io
import os
from codecs import getincrementaldecoder
from collections.abc import Callable, Generator
from contextlib import closing
from threading import Thread
from typing import IO, Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, DecimalField, F, Func, QuerySet, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

from reports.queries.tables.column import (
    Column,
    MissingOf,
    as_date,
    as_stored,
    as_text,
    as_time,
    as_yes_no,
)
from reports.queries.tables.rows import Rows, StoredRows
from reports.queries.tables.text import csv_chunks

PIECE_BYTES = 1 << 16
"""What a pipe holds, too: so much of the file waits in memory for the client."""
_ROWS_AT_ONCE = 500


def csv_of(header: list[str], rows: Rows) -> Generator[str, None, None]:
    """As `csv_chunks`, byte for byte."""
    values = text_values(rows) if isinstance(rows, StoredRows) else None
    if not isinstance(rows, StoredRows) or values is None:
        yield from csv_chunks(header, rows)
        return
    yield from csv_chunks(header, [])
    write = _copied if rows.using.vendor == "postgresql" else _fetched
    with closing(write(values.query.get_compiler(connection=rows.using))) as pieces:
        yield from pieces


def text_values(rows: StoredRows) -> "QuerySet[Any] | None":
    """The rows with the text of each cell; None where a cell cannot be written by the database."""
    if rows.queryset.model._meta.apps is not apps:
        return None  # the answers of a form that a trial adds lie in one JSON value
    texts = [text for column in rows.columns if (text := _text_of(column)) is not None]
    return rows.queryset.values_list(*texts) if len(texts) == len(rows.columns) else None


def _text_of(column: Column) -> "Func | Value | None":
    if not column.source:
        return Value(None, output_field=TextField())
    if isinstance(column.source, tuple):
        return None
    source = F(column.source) if isinstance(column.source, str) else column.source
    if isinstance(column.read, MissingOf):
        return _Missing(source, name=column.read.name)
    made = _TEXTS.get(column.read)
    return made(source) if made is not None else None


class _Written(Func):
    arity = 1
    output_field = TextField()

    postgresql: str
    sqlite: str
    """Templates of `Func`."""

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template=self.postgresql, **more)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template=self.sqlite, **more)


class _Text(_Written):
    """What is stored, and nothing for an empty text."""

    @property
    def stored(self) -> Any:
        return self.get_source_expressions()[0].output_field

    @property
    def postgresql(self) -> str:  # type: ignore[override]
        is_text = isinstance(self.stored, CharField | TextField)
        return "NULLIF(%(expressions)s, '')" if is_text else "%(expressions)s"

    @property
    def sqlite(self) -> str:  # type: ignore[override]
        if not isinstance(self.stored, DecimalField):
            return self.postgresql
        # SQLite keeps decimals as floating-point numbers, without their places.
        number = f"printf('%%.{self.stored.decimal_places}f', %(expressions)s)"
        return f"CASE WHEN %(expressions)s IS NOT NULL THEN {number} END"


class _Time(_Written):
    postgresql = "to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    # Stored as `2026-11-21 09:30:00.123456`, in UTC.
    sqlite = "replace(substr(%(expressions)s, 1, 19), ' ', 'T') || 'Z'"


class _YesNo(_Written):
    postgresql = sqlite = "CASE %(expressions)s WHEN true THEN 'Y' WHEN false THEN 'N' END"


class _Missing(_Written):
    """One code of the JSON value that holds those of all fields of a form."""

    postgresql = "%(expressions)s ->> '%(name)s'"
    sqlite = "json_extract(%(expressions)s, '$.%(name)s')"


_TEXTS: dict[Callable[[Any], Any], type[Func]] = {
    as_stored: _Text,
    as_text: _Text,
    as_date: _Text,
    as_time: _Time,
    as_yes_no: _YesNo,
}


def _fetched(compiler: SQLCompiler) -> Generator[str, None, None]:
    try:
        chunks = compiler.execute_sql(chunked_fetch=True, chunk_size=_ROWS_AT_ONCE)
    except EmptyResultSet:
        return
    try:
        for rows in chunks:
            text = io.StringIO()
            csv.writer(text).writerows(rows)
            yield text.getvalue()
    finally:
        chunks.close()


def _copied(compiler: SQLCompiler) -> Generator[str, None, None]:
    """By COPY, which pushes. On the connection of a download it runs beside in a thread and waits
    while a pipe is full; on a connection that others use too it has to end before anything else."""
    try:
        sql, values = compiler.as_sql()
    except EmptyResultSet:
        return
    with compiler.connection.cursor() as cursor:
        asked = f"COPY ({cursor.mogrify(sql, values).decode()}) TO STDOUT WITH (FORMAT csv)"
        if compiler.connection is connection:
            whole = io.BytesIO()
            cursor.copy_expert(asked, _Lines(whole))
            yield whole.getvalue().decode()
        else:
            yield from _piped(cursor.cursor, asked)


def _piped(cursor: Any, asked: str) -> Generator[str, None, None]:
    """Where the reader stops, the pipe breaks, the server is told, and the thread ends."""
    out, into = os.pipe()
    copying = _Copying(cursor, asked, into)
    copying.start()
    decoder = getincrementaldecoder("utf-8")()
    try:
        with open(out, "rb", buffering=0) as pipe:
            while piece := pipe.read(PIECE_BYTES):
                yield decoder.decode(piece)
        copying.check()
    finally:
        copying.stop()


class _Copying(Thread):
    def __init__(self, cursor: Any, asked: str, into: int) -> None:
        super().__init__(daemon=True)
        self._cursor, self._asked, self._into = cursor, asked, into
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            with open(self._into, "wb", buffering=PIECE_BYTES) as file:
                self._cursor.copy_expert(self._asked, _Lines(file))
        except Exception as error:
            self._error = error

    def check(self) -> None:
        """
        Raises:
            Exception: whatever ended the copy early: the file is not whole.
        """
        self.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        if self.is_alive():
            self._cursor.connection.cancel()
            self.join()


class _Lines:
    """The server sends a line at a time, and ends it with LF only."""

    def __init__(self, file: IO[bytes]) -> None:
        self._write = file.write

    def write(self, line: bytes) -> None:
        self._write(line[:-1] + b"\r\n")
