"""Restoring a backup beside the live data, to know that it could be."""

import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from core import audit
from core.backup import postgresql, sqlite
from core.backup.archive import BackupFile
from core.backup.facts import Facts, facts_of, live_database
from core.backup.manifest import app_version
from core.backup.problems import BackupProblem


@dataclass(frozen=True)
class Drill:
    """`differences` is empty when the backup can be restored to what it was taken of."""

    backup: BackupFile
    started_at: datetime
    seconds: float
    found: Facts
    differences: tuple[str, ...]

    @property
    def has_passed(self) -> bool:
        return not self.differences


def run_drill(backup: BackupFile, *, now: datetime) -> Drill:
    """Restores, compares with the manifest, and removes what it restored.

    Raises:
        BackupProblem: it could not be restored at all.
    """
    started = time.monotonic()
    is_file = backup.manifest.vendor == "sqlite"
    found = _drill_sqlite(backup) if is_file else _drill_postgresql(backup)
    seconds = time.monotonic() - started
    differences = tuple(backup.manifest.facts.differences(found))
    return Drill(backup, now, seconds, found, differences)


def _drill_sqlite(backup: BackupFile) -> Facts:
    folder: Path = settings.VAR_DIR
    try:
        with tempfile.TemporaryDirectory(prefix="drill-", dir=folder) as place:
            copy = Path(place) / "copy.sqlite3"
            backup.extract(backup.manifest.database_part, copy)
            sqlite.check_integrity(copy)
            return sqlite.facts_of_file(copy)
    except OSError as error:
        reason = error.strerror or error
        raise BackupProblem(f"No room to restore in {folder}: {reason}.") from error


def _drill_postgresql(backup: BackupFile) -> Facts:
    values = live_database()
    if "postgresql" not in values["ENGINE"]:
        raise BackupProblem(f"{backup.path} is a backup of PostgreSQL; this site runs on SQLite.")
    with _scratch_database(values) as created:
        with backup.reading(backup.manifest.database_part) as dump:
            postgresql.load_dump(dump, created)
        with postgresql.connected(created) as connection:
            return facts_of(connection)


@contextmanager
def _scratch_database(values: postgresql.Values) -> Iterator[postgresql.Values]:
    name = f"trialsite_drill_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        yield postgresql.create_database(values, name)
    finally:
        postgresql.drop_database(values, name)


def write_report(drill: Drill) -> Path:
    """A dated report among the records, in words and as JSON; notes the drill in the trail."""
    folder: Path = settings.RECORDS_DIR / "restore-drills"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"restore-drill-{drill.started_at:%Y%m%dT%H%M%SZ}.md"
    path.write_text(_words(drill), encoding="utf-8")
    path.with_suffix(".json").write_text(json.dumps(_values(drill), indent=1), encoding="utf-8")
    audit.record(
        "restore drill",
        by=None,
        file=drill.backup.path.name,
        sha256=drill.backup.sha256,
        passed=drill.has_passed,
        differences=list(drill.differences[:20]),
    )
    return path


def _values(drill: Drill) -> dict[str, object]:
    manifest = drill.backup.manifest
    return {
        "passed": drill.has_passed,
        "started_at": drill.started_at.isoformat(),
        "seconds": round(drill.seconds, 1),
        "app_version": app_version(),
        "backup": drill.backup.path.name,
        "backup_sha256": drill.backup.sha256,
        "manifest": manifest.as_json,
        "found": drill.found.as_json,
        "differences": list(drill.differences),
    }


def _words(drill: Drill) -> str:
    manifest, found = drill.backup.manifest, drill.found
    tables = [
        f"| {table} | {manifest.facts.rows.get(table, '-')} | {found.rows.get(table, '-')} |"
        for table in sorted(manifest.facts.rows.keys() | found.rows.keys())
    ]
    lines = [
        f"# Restore drill of {drill.started_at:%Y-%m-%d %H:%M:%S} UTC",
        "",
        f"Result: **{'passed' if drill.has_passed else 'FAILED'}**, in {drill.seconds:.1f} s.",
        "",
        *(f"* {difference}" for difference in drill.differences),
        *([""] if drill.differences else []),
        f"* Backup: {drill.backup.path.name}, SHA-256 {drill.backup.sha256}",
        f"* Taken: {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC by version {manifest.app_version}",
        f"* Database: {manifest.vendor} {manifest.server_version}",
        f"* Audit trail: {found.audit_entries} entries, last {found.audit_last_id};"
        f" SHA-256 expected {manifest.facts.audit_sha256}, found {found.audit_sha256}",
        "",
        "| table | rows in the backup | rows restored |",
        "|---|---|---|",
        *tables,
        "",
    ]
    return "\n".join(lines)
