"""What a test may need beside Python, where it is, and what to install when it is not there.

`python -m tests.components postgresql` exits 0 when PostgreSQL answers.
"""

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

ORACLES = Path(__file__).resolve().parents[2] / "shared" / "oracles"
# Each of xdist's processes has a Redis database of its own: 15, 14, and so on. It gets emptied.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379") + f"/{15 - _WORKER}"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def postgresql_url() -> str:
    """The server on which tests may create databases."""
    return os.environ.get(
        "TEST_DATABASE_URL", f"postgres://{getpass.getuser()}@127.0.0.1:5432/postgres"
    )


def chromium_path() -> str | None:
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return os.environ.get("CHROMIUM") or next(filter(None, found), None)


def initdb_path() -> str | None:
    """PostgreSQL's own programs: Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return shutil.which("initdb") or (str(found[-1]) if found else None)


def _may_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True)
        return done.returncode == 0 and subprocess.run(["umount", folder]).returncode == 0


def _postgresql_answers() -> bool:
    try:
        psycopg2.connect(postgresql_url(), connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True


def _redis_answers() -> bool:
    url = urlsplit(REDIS_URL)
    try:
        socket.create_connection((url.hostname, url.port or 6379), timeout=2).close()
    except OSError:
        return False
    return True


COMPONENTS: dict[str, tuple[Callable[[], bool], str]] = {
    "postgresql": (_postgresql_answers, "start PostgreSQL or set TEST_DATABASE_URL"),
    "redis": (_redis_answers, "start Redis or set TEST_REDIS_URL=redis://host:port"),
    "chromium": (lambda: chromium_path() is not None, "apt-get install chromium"),
    "initdb": (lambda: initdb_path() is not None, "apt-get install postgresql"),
    "R": (lambda: shutil.which("Rscript") is not None, "apt-get install r-base-core"),
    "mount": (_may_mount, "run as root where tmpfs can be mounted"),
    "oracles": (ORACLES.is_dir, "put the reference data at ../shared/oracles"),
}


@cache
def is_present(component: str) -> bool:
    check, _advice = COMPONENTS[component]
    return check()


def advice(component: str) -> str:
    return COMPONENTS[component][1]


if __name__ == "__main__":
    sys.exit(not is_present(sys.argv[1]))
