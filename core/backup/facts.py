"""What a database holds, in numbers that a restored copy must show again."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

TRAIL = "core_auditentry"
_BATCH = 10_000


@dataclass(frozen=True)
class Facts:
    """`audit_sha256` is over every column of every entry of the trail, in order."""

    rows: dict[str, int]
    migrations: list[str]
    audit_entries: int
    audit_last_id: int
    audit_sha256: str

    @property
    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def differences(self, found: "Facts") -> list[str]:
        """Sentences; empty when `found` is the same."""
        said = [
            f"table {table}: {_count(self.rows.get(table))} expected,"
            f" {_count(found.rows.get(table))} found"
            for table in sorted(self.rows.keys() | found.rows.keys())
            if self.rows.get(table) != found.rows.get(table)
        ]
        if self.migrations != found.migrations:
            said.append("the migrations are not the same")
        if self.audit_last_id != found.audit_last_id:
            said.append(
                f"last audit entry: {self.audit_last_id} expected, {found.audit_last_id} found"
            )
        if self.audit_sha256 != found.audit_sha256:
            said.append("the audit trail is not the same: its SHA-256 differs")
        return said


def _count(rows: int | None) -> str:
    return "no table" if rows is None else f"{rows} rows"


def open_database(values: dict[str, Any]) -> BaseDatabaseWrapper:
    """A connection of its own to any database, beside those of the settings."""
    filled = connections["default"].settings_dict | values
    return load_backend(filled["ENGINE"]).DatabaseWrapper(filled, alias="backup")


def live_database() -> dict[str, Any]:
    """The settings of the database in use; in tests that is the test database."""
    return dict(connections["default"].settings_dict)


def facts_of(connection: BaseDatabaseWrapper) -> Facts:
    """Counts every table and reads the trail once. The caller sees to one snapshot for it all."""
    tables = sorted(
        info.name
        for info in connection.introspection.get_table_list(connection.cursor())
        if info.type in {"t", "p"}
    )
    with connection.cursor() as cursor:
        rows = {table: _one(cursor, f'SELECT count(*) FROM "{table}"') for table in tables}
        migrations: list[str] = []
        if "django_migrations" in rows:
            cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
            migrations = [f"{app}.{name}" for app, name in cursor.fetchall()]
    last, digest = _trail(connection) if TRAIL in rows else (0, hashlib.sha256().hexdigest())
    return Facts(rows, migrations, rows.get(TRAIL, 0), last, digest)


def _one(cursor: Any, sql: str) -> int:
    cursor.execute(sql)
    return int(cursor.fetchone()[0])


def _trail(connection: BaseDatabaseWrapper) -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{TRAIL}" LIMIT 0')
        columns = sorted(column[0] for column in cursor.description)
    digest, last = hashlib.sha256(), 0
    for row_id, line in _trail_lines(connection, columns):
        digest.update(line)
        last = row_id
    return last, digest.hexdigest()


def _trail_lines(
    connection: BaseDatabaseWrapper, columns: list[str]
) -> Iterator[tuple[int, bytes]]:
    """Batches by id: constant memory, and no open cursor."""
    as_text = ", ".join(f'CAST(t."{column}" AS text)' for column in columns)
    last = -1
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.id, {as_text} FROM {TRAIL} AS t"
                f" WHERE t.id > %s ORDER BY t.id LIMIT {_BATCH}",
                [last],
            )
            found = cursor.fetchall()
        for row_id, *cells in found:
            yield row_id, "\x1f".join("\x00" if c is None else c for c in cells).encode() + b"\x1e"
        if len(found) < _BATCH:
            return
        last = found[-1][0]
