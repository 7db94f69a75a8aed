"""What can be seen of an installation from inside: its parts, its settings, its trials."""

import hashlib
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import redis
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from packaging.requirements import Requirement as PackageRequirement

from core.audit.triggers import missing_triggers
from core.audit.verification import Verification
from core.backup import BackupProblem, open_backup
from core.demo_accounts import demo_accounts_forbid_start
from enrollment.calc.definition import Definition
from enrollment.models import TrialVersion

MOST_SECONDS_APART = 2
OLDEST_BACKUP = timedelta(hours=48)
_PINNED = re.compile(r"^[A-Za-z0-9_.-]+==[^\\\n]+", re.MULTILINE)


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Result:
    name: str
    outcome: Outcome
    detail: str


Answer = tuple[bool | None, str]
"""Whether it is as it should be, None where it cannot be known here, and what was seen."""


def run_checks() -> list[Result]:
    return [_run(name, check) for name, check in CHECKS.items()]


def _run(name: str, check: Callable[[], Answer]) -> Result:
    try:
        is_good, seen = check()
    except (DatabaseError, redis.RedisError, OSError, metadata.PackageNotFoundError) as error:
        is_good, seen = False, f"{type(error).__name__}: {error}".strip()
    outcome = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.NOT_RUN}[is_good]
    return Result(name, outcome, seen)


# --- Installed parts ---------------------------------------------------------------------------


def _python() -> Answer:
    version = tuple(map(int, platform.python_version_tuple()[:2]))
    return version >= (3, 11), f"Python {platform.python_version()} on {platform.platform()}"


def _packages() -> Answer:
    """Every package of the lock file that is installed has the version pinned there."""
    lock = (settings.BASE_DIR / "requirements.lock").read_text("utf-8")
    wrong, right = [], 0
    for line in _PINNED.findall(lock):
        pinned = PackageRequirement(line)
        if pinned.marker is not None and not pinned.marker.evaluate():
            continue  # for other systems
        found = metadata.version(pinned.name)
        if found in pinned.specifier:
            right += 1
        else:
            wrong.append(f"{pinned.name} {found} in the place of {pinned.specifier}")
    return not wrong and right > 0, "; ".join(wrong) or f"{right} packages as pinned"


def _database() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version"
        )
        [version] = cursor.fetchone()
    return True, f"{connection.vendor} {version}"


def _migrations() -> Answer:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    names = [f"{item.app_label}.{item.name}" for item, _is_backwards in pending]
    return not names, ", ".join(names) or f"{len(executor.loader.applied_migrations)} applied"


def _triggers() -> Answer:
    missing = missing_triggers(connection)
    return not missing, ", ".join(missing) or "every audited table is watched"


def _audit_chain() -> Answer:
    """No entry was altered, removed or inserted since it was sealed."""
    verification = Verification()
    found = [finding.text for finding in verification]
    seen = f"{verification.entries} entries, {verification.seals} seals, head {verification.head}"
    return not found, "; ".join(found[:5]) or seen


def _broker() -> Answer:
    if not settings.REDIS_URL:
        return True, "none: tasks run in the web process"
    with redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2) as client:
        client.ping()
    return True, "Redis answers"


# --- Settings ----------------------------------------------------------------------------------


def _mode() -> Answer:
    mode = "production" if settings.PRODUCTION else "demo" if settings.DEMO else "test"
    return settings.PRODUCTION and not settings.DEBUG, f"{mode}, DEBUG {settings.DEBUG}"


def _demo_accounts() -> Answer:
    has_some = demo_accounts_forbid_start()
    return not has_some, "demo accounts are in the database" if has_some else "none"


def _deploy() -> Answer:
    said = checks.run_checks(include_deployment_checks=True)
    serious = [item for item in said if item.level >= checks.WARNING and not item.is_silenced()]
    if not settings.PRODUCTION:
        return None, "asked in production only"
    return not serious, "; ".join(f"{item.id} {item.msg}" for item in serious) or "clean"


def _clock() -> Answer:
    """The database's clock against this machine's, and who sets the latter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"
            if connection.vendor == "sqlite"
            else "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',"
            " 'YYYY-MM-DD\"T\"HH24:MI:SS.MS+00:00')"
        )
        there = datetime.fromisoformat(cursor.fetchone()[0])
    apart = abs((datetime.now(UTC) - there).total_seconds())
    seen = f"{apart:.2f} s between the clocks of database and site; zone {settings.TIME_ZONE}"
    return apart <= MOST_SECONDS_APART and settings.USE_TZ, seen


def _time_service() -> Answer:
    program = shutil.which("timedatectl")
    if program is None:
        return None, "timedatectl is not here; check by hand that the clock is set by NTP"
    command = [program, "show", "--property=NTPSynchronized", "--value"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if said.returncode:
        return None, "timedatectl does not answer; check by hand that the clock is set by NTP"
    return said.stdout.strip() == "yes", f"NTPSynchronized {said.stdout.strip()}"


# --- Records -----------------------------------------------------------------------------------


def _backup() -> Answer:
    found = sorted(Path(settings.BACKUP_DIR).glob("trialsite-*.backup"))
    if not found:
        return False, f"no backup in {settings.BACKUP_DIR}"
    try:
        backup = open_backup(found[-1])
    except BackupProblem as problem:
        return False, str(problem)
    age = datetime.now(UTC) - backup.manifest.taken_at
    seen = f"{found[-1].name}, {age.total_seconds() / 3600:.0f} h old, SHA-256 {backup.sha256}"
    return age <= OLDEST_BACKUP, seen


def _definitions() -> Answer:
    """Every loaded version is the text that was loaded, and can be read."""
    wrong, right = [], []
    for version in TrialVersion.objects.select_related("trial").order_by("trial", "number"):
        name = f"{version.trial.slug} version {version.number}"
        if hashlib.sha256(version.source.encode()).hexdigest() != version.sha256:
            wrong.append(f"{name} is not the text that was loaded")
            continue
        Definition.model_validate_json(version.content)
        right.append(f"{name} SHA-256 {version.sha256}")
    if not wrong and not right:
        return False, "no trial is loaded"
    return not wrong, "; ".join(wrong or right)


CHECKS: dict[str, Callable[[], Answer]] = {
    "python": _python,
    "packages": _packages,
    "database": _database,
    "migrations": _migrations,
    "audit-triggers": _triggers,
    "audit-chain": _audit_chain,
    "broker": _broker,
    "mode": _mode,
    "demo-accounts": _demo_accounts,
    "deployment": _deploy,
    "clock": _clock,
    "time-service": _time_service,
    "backup": _backup,
    "definitions": _definitions,
}


def names() -> Iterator[str]:
    return iter(CHECKS)
