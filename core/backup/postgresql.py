"""PostgreSQL: pg_dump and pg_restore, with their own complaints made readable."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from core.backup.facts import open_database
from core.backup.problems import BackupProblem

Values = dict[str, Any]
_DENIED = "PostgreSQL refuses: {error}."


@contextmanager
def connected(values: Values) -> Iterator[BaseDatabaseWrapper]:
    """
    Raises:
        BackupProblem: the server does not answer or refuses; the message is the server's own.
    """
    connection = open_database(values | {"CONN_MAX_AGE": 0})
    try:
        yield connection
    except DatabaseError as error:
        raise BackupProblem(_DENIED.format(error=" ".join(str(error).split()))) from error
    finally:
        connection.close()


@contextmanager
def one_snapshot(values: Values) -> Iterator[tuple[BaseDatabaseWrapper, str]]:
    """A reading connection and the name under which pg_dump sees the same state."""
    with connected(values) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [name] = cursor.fetchone()
        yield connection, name
        cursor.execute("COMMIT")


def server_version(connection: BaseDatabaseWrapper) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def check_program(name: str, *, server: str) -> str:
    """The path of the program.

    Raises:
        BackupProblem: it is not installed, or too old for the server.
    """
    major = int(server.split(".", maxsplit=1)[0])
    path = shutil.which(name)
    if path is None:
        raise BackupProblem(
            f"{name} is not installed or not in PATH. The server is PostgreSQL {server}:"
            f" install postgresql-client-{major} or newer."
        )
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\d+)", said)
    if found is None or int(found.group()) < major:
        raise BackupProblem(
            f"{path} is {said.strip() or 'of no known version'} and the server is PostgreSQL"
            f" {server}. Install postgresql-client-{major} or newer."
        )
    return path


@contextmanager
def dumping(values: Values, *, program: str, snapshot: str) -> Iterator[IO[bytes]]:
    """The dump as a stream in pg_dump's own format, which is compressed.

    Raises:
        BackupProblem: pg_dump ends with an error.
    """
    command = [program, "--format=custom", "--no-owner", "--no-privileges", "--no-password"]
    command += [f"--snapshot={snapshot}", "--", str(values["NAME"])]
    with subprocess.Popen(
        command, env=_environment(values), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise BackupProblem("pg_dump gives no output.")
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupProblem(f"pg_dump failed: {_sentence(said)}")


def load_dump(dump: IO[bytes], values: Values) -> None:
    """Fills an empty database; one transaction, so all of it or nothing.

    Raises:
        BackupProblem: pg_restore is missing or ends with an error.
    """
    with connected(values) as connection:
        program = check_program("pg_restore", server=server_version(connection))
    command = [program, "--no-owner", "--no-privileges", "--no-password", "--exit-on-error"]
    command += ["--single-transaction", f"--dbname={values['NAME']}"]
    with subprocess.Popen(
        command, env=_environment(values), stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        if process.stdin is None or process.stderr is None:
            raise BackupProblem("pg_restore takes no input.")
        try:
            shutil.copyfileobj(dump, process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        said = process.stderr.read().decode(errors="replace")
    if process.returncode:
        raise BackupProblem(f"pg_restore failed: {_sentence(said)}")


def create_database(values: Values, name: str) -> Values:
    """Makes an empty database on the same server, and the settings to reach it.

    Raises:
        BackupProblem: the account may not create databases.
    """
    run_on_server(
        values,
        f'CREATE DATABASE "{name}" TEMPLATE template0',
        hint=f"The account {values['USER']} needs the right CREATEDB to restore.",
    )
    return values | {"NAME": name}


def drop_database(values: Values, name: str) -> None:
    run_on_server(values, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_exists(values: Values) -> bool:
    with connected(values | {"NAME": "postgres"}) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [values["NAME"]])
        return cursor.fetchone() is not None


def run_on_server(values: Values, *statements: str, hint: str = "") -> None:
    try:
        with connected(values | {"NAME": "postgres"}) as connection:
            for statement in statements:
                with connection.cursor() as cursor:
                    cursor.execute(statement)
    except BackupProblem as problem:
        raise BackupProblem(f"{problem} {hint}".strip()) from problem


def _environment(values: Values) -> dict[str, str]:
    """The password goes by the environment: arguments can be read by every user of the machine."""
    given = {
        "PGHOST": values["HOST"],
        "PGPORT": values["PORT"],
        "PGUSER": values["USER"],
        "PGPASSWORD": values["PASSWORD"],
        "PGSSLMODE": values.get("OPTIONS", {}).get("sslmode", ""),
        "PGCONNECT_TIMEOUT": 10,
        "LC_ALL": "C",
    }
    kept = {name: text for name, text in os.environ.items() if name not in given}
    return kept | {name: str(value) for name, value in given.items() if value}


def _sentence(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return " ".join(lines[:4]) or "it said nothing."
