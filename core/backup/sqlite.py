"""SQLite: its online backup, which reads a consistent state while others write."""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core.backup.facts import Facts, facts_of, open_database
from core.backup.problems import BackupProblem

VERSION = sqlite3.sqlite_version


def copy_database(source: str, target: Path) -> None:
    """Copies a database in use to a new file that only its owner can read.

    Raises:
        BackupProblem: the source cannot be read or the target cannot be written.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    _copy(source, str(target))


def copy_over(source: Path, live: str) -> None:
    """Replaces what the file in use holds, in one transaction: readers see either all or nothing.

    Raises:
        BackupProblem: the file in use is locked or cannot be written; it stays as it was.
    """
    _copy(str(source), live)


def _copy(source: str, target: str) -> None:
    try:
        with (
            closing(_connect(source)) as read,
            closing(sqlite3.connect(target, timeout=20)) as write,
        ):
            read.backup(write)  # all pages in one step, which is one transaction
    except sqlite3.Error as error:
        raise BackupProblem(f"SQLite could not copy {source} to {target}: {error}.") from error


def _connect(path: str) -> sqlite3.Connection:
    """
    Raises:
        BackupProblem: there is no such file (SQLite would make an empty one).
    """
    is_uri = path.startswith("file:")
    if not is_uri and not Path(path).is_file():
        raise BackupProblem(f"There is no database {path}.")
    return sqlite3.connect(path, uri=is_uri, timeout=20)


def check_integrity(path: Path) -> None:
    """
    Raises:
        BackupProblem: SQLite finds the file damaged.
    """
    with closing(sqlite3.connect(path)) as connection:
        try:
            [(answer,), *_more] = connection.execute("PRAGMA integrity_check(1)").fetchall()
        except sqlite3.Error as error:
            answer = str(error)
    if answer != "ok":
        raise BackupProblem(f"SQLite finds {path} damaged: {answer}")


def database_values(path: Path) -> dict[str, Any]:
    """Settings for a copy: no write-ahead log beside it, and nothing that another process keeps."""
    return {"NAME": str(path), "CONN_MAX_AGE": 0, "OPTIONS": {"timeout": 20}}


def facts_of_file(path: Path) -> Facts:
    connection = open_database(database_values(path))
    try:
        return facts_of(connection)
    finally:
        connection.close()


@contextmanager
def scratch_file(folder: Path, name: str) -> Iterator[Path]:
    """A path that does not exist yet, and nothing of it afterwards."""
    path = folder / f".{name}.{os.getpid()}.partial"
    try:
        yield path
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"{path}{suffix}")
