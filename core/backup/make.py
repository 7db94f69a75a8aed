"""Making a backup of the live database."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from core import audit
from core.backup import postgresql, sqlite
from core.backup.archive import (
    BackupFile,
    PartWriter,
    open_backup,
    remove_stale_partials,
    write_backup,
)
from core.backup.facts import Facts, facts_of, live_database
from core.backup.manifest import Manifest, Part, app_version
from core.backup.postgresql import Values
from core.backup.problems import BackupProblem

SQLITE_PART = "database.sqlite3"
POSTGRESQL_PART = "database.dump"
FILES = "records/"


def make_backup(folder: Path, *, now: datetime) -> BackupFile:
    """Writes `trialsite-<time>.backup` into the folder, reads it back and notes it in the trail.

    Raises:
        BackupProblem: with the reason; nothing is left under the final name.
    """
    path = folder / f"trialsite-{now:%Y%m%dT%H%M%SZ}.backup"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_stale_partials(folder)
        write_backup(path, lambda writer: _fill(writer, folder, now))
    except FileExistsError as error:
        raise BackupProblem(f"{path} is there already; it is kept.") from error
    except OSError as error:
        raise BackupProblem(f"{path} cannot be written: {error.strerror or error}.") from error
    backup = open_backup(path)
    facts = backup.manifest.facts
    audit.record(
        "backup",
        by=None,
        file=path.name,
        sha256=backup.sha256,
        last_entry=facts.audit_last_id,
        rows=sum(facts.rows.values()),
    )
    return backup


def _fill(writer: PartWriter, folder: Path, now: datetime) -> None:
    values = live_database()
    if "sqlite" in values["ENGINE"]:
        vendor, version, facts, part = "sqlite", *_add_sqlite(writer, values, folder)
    else:
        vendor, version, facts, part = "postgresql", *_add_postgresql(writer, values)
    manifest = Manifest(
        taken_at=now,
        app_version=app_version(),
        vendor=vendor,
        server_version=version,
        database_name=str(values["NAME"]),
        facts=facts,
        parts=(part, *_add_files(writer)),
    )
    writer.close_with(manifest)


def _add_sqlite(writer: PartWriter, values: Values, folder: Path) -> tuple[str, Facts, Part]:
    with sqlite.scratch_file(folder, SQLITE_PART) as copy:
        sqlite.copy_database(str(values["NAME"]), copy)
        sqlite.check_integrity(copy)
        facts = sqlite.facts_of_file(copy)
        with copy.open("rb") as source:
            return sqlite.VERSION, facts, writer.add(SQLITE_PART, source)


def _add_postgresql(writer: PartWriter, values: Values) -> tuple[str, Facts, Part]:
    with postgresql.one_snapshot(values) as (connection, snapshot):
        version = postgresql.server_version(connection)
        program = postgresql.check_program("pg_dump", server=version)
        facts = facts_of(connection)
        with postgresql.dumping(values, program=program, snapshot=snapshot) as dump:
            part = writer.add(POSTGRESQL_PART, dump, deflate=False)
    return version, facts, part


def _add_files(writer: PartWriter) -> list[Part]:
    """The files that are records: evidence of validation, reports of drills."""
    root: Path = settings.RECORDS_DIR
    parts = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as source:
                parts.append(writer.add(FILES + path.relative_to(root).as_posix(), source))
    return parts
