"""Putting a backup in the place of the live database."""

import os
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from core.backup import postgresql, sqlite
from core.backup.archive import CHUNK_BYTES, BackupFile
from core.backup.facts import Facts, facts_of, live_database, open_database
from core.backup.make import FILES
from core.backup.postgresql import Values
from core.backup.problems import BackupProblem

# What a database has that was only migrated, and nothing was done with.
_EMPTY_BUT_FOR = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "core_auditcontext",
    "sqlite_sequence",
}


def check_fits(backup: BackupFile) -> None:
    """
    Raises:
        BackupProblem: it is of the other kind of database, or of a newer version of this site.
    """
    vendor = connections["default"].vendor
    if backup.manifest.vendor != vendor:
        raise BackupProblem(
            f"{backup.path} is a backup of {backup.manifest.vendor}; this site runs on {vendor}."
        )
    loader = MigrationLoader(None)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    unknown = [name for name in backup.manifest.facts.migrations if name not in known]
    if unknown:
        raise BackupProblem(
            f"{backup.path} was made by another version of the site ({backup.manifest.app_version})"
            f" with the migrations {', '.join(unknown)}. Install that version first."
        )


def rows_at_stake() -> int:
    """How many rows a restore would put aside; 0 for no database or one that was just made."""
    values = live_database()
    if connections["default"].vendor == "sqlite":
        if not Path(values["NAME"]).exists():
            return 0
    elif not postgresql.database_exists(values):
        return 0
    connection = open_database(values | {"CONN_MAX_AGE": 0})
    try:
        rows = facts_of(connection).rows
    finally:
        connection.close()
    return sum(count for table, count in rows.items() if table not in _EMPTY_BUT_FOR)


def restore_database(backup: BackupFile, *, now: datetime) -> str:
    """Restores to the side, compares with the manifest, and only then changes places.

    Returns the name under which what was there before is kept; empty where nothing was.

    Raises:
        BackupProblem: the live database is as it was before.
    """
    connections["default"].close()
    stamp = f"{now.astimezone(UTC):%Y%m%d%H%M%S}"
    if connections["default"].vendor == "sqlite":
        return _restore_sqlite(backup, Path(live_database()["NAME"]), stamp)
    return _restore_postgresql(backup, live_database(), stamp)


def _restore_sqlite(backup: BackupFile, live: Path, stamp: str) -> str:
    with sqlite.scratch_file(live.parent, f"{live.name}.restore") as copy:
        try:
            live.parent.mkdir(parents=True, exist_ok=True)
            backup.extract(backup.manifest.database_part, copy)
        except OSError as error:
            raise BackupProblem(f"{copy} cannot be written: {error.strerror or error}.") from error
        sqlite.check_integrity(copy)
        require_same(backup.manifest.facts, sqlite.facts_of_file(copy))
        kept = live.with_name(f"{live.name}.replaced-{stamp}")
        had_one = live.exists()
        if had_one:
            sqlite.copy_database(str(live), kept)
        else:
            os.close(os.open(live, os.O_WRONLY | os.O_CREAT, 0o600))
        # Into the file in use, not over it: whoever has it open reads the restored rows next.
        sqlite.copy_over(copy, str(live))
        return str(kept) if had_one else ""


def _restore_postgresql(backup: BackupFile, values: Values, stamp: str) -> str:
    name = values["NAME"]
    fresh, kept = f"{name[:40]}_restore_{stamp}", f"{name[:40]}_replaced_{stamp}"
    had_one = postgresql.database_exists(values)
    created = postgresql.create_database(values, fresh)
    try:
        fill_postgresql(backup, created)
        steps = [f'ALTER DATABASE "{fresh}" RENAME TO "{name}"']
        if had_one:
            steps = [
                f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
                f'ALTER DATABASE "{name}" RENAME TO "{kept}"',
                *steps,
                f'ALTER DATABASE "{kept}" ALLOW_CONNECTIONS true',
            ]
        postgresql.run_on_server(values, *steps)
    except BackupProblem:
        postgresql.drop_database(values, fresh)
        raise
    return kept if had_one else ""


def fill_postgresql(backup: BackupFile, created: Values) -> None:
    """
    Raises:
        BackupProblem: pg_restore failed, or the result is not what the manifest says.
    """
    with backup.reading(backup.manifest.database_part) as dump:
        postgresql.load_dump(dump, created)
    with postgresql.connected(created) as connection:
        require_same(backup.manifest.facts, facts_of(connection))


def require_same(expected: Facts, found: Facts) -> None:
    """
    Raises:
        BackupProblem: what was restored is not what was backed up.
    """
    differences = expected.differences(found)
    if differences:
        raise BackupProblem(
            f"What was restored is not what was backed up: {'; '.join(differences[:5])}."
        )


def restore_files(backup: BackupFile, *, stamp: str) -> list[Path]:
    """Writes the files of the backup; one that is there with other content is kept beside.

    Returns what was kept beside.
    """
    kept = []
    root: Path = settings.RECORDS_DIR.resolve()
    for part in backup.manifest.files:
        target = (root / part.name.removeprefix(FILES)).resolve()
        if not target.is_relative_to(root):
            raise BackupProblem(f"{backup.path} names a file outside of its place: {part.name}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.restore")
        fresh.unlink(missing_ok=True)
        backup.extract(part, fresh)
        if target.exists() and not _same(target, fresh):
            aside = target.with_name(f"{target.name}.replaced-{stamp}")
            target.rename(aside)
            kept.append(aside)
        fresh.rename(target)
    return kept


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as first, other.open("rb") as second:
        while chunk := first.read(CHUNK_BYTES):
            if chunk != second.read(CHUNK_BYTES):
                return False
    return True
