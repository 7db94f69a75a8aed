"""A whole installation as in real use: gunicorn, a database, and worker and beat where asked for.

It runs in production mode from this checkout, in processes of its own, with its files in a
temporary folder. Nothing of it is shared with the test's own Django.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ROOT / "enrollment" / "definitions"
START_SECONDS = 40
OPEN_SITES = """
from datetime import date
from django.utils import timezone
from core.actions.sites import open_site
from core.models import Site
today = date.today()
for site in Site.objects.all():
    open_site(site, by=None, approved_on=today, approval="EC 1", now=timezone.now(), today=today)
"""


class Installation:
    """`environment` adds to the settings, e.g. DATABASE_URL. Call `close` at the end."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._processes: list[subprocess.Popen] = []
        unset = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in unset and not name.startswith("TRIALSITE_")
        }
        self.environment = kept | {
            "SECRET_KEY": secrets.token_urlsafe(60),
            "ALLOWED_HOSTS": "127.0.0.1",
            "TRIALSITE_BEHIND_TLS": "0",
            "TRIALSITE_VAR": str(folder),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            **environment,
        }

    def prepare(self, *trials: str) -> None:
        """Database, static files and the trials' definitions, with their sites open."""
        self.manage("migrate", "--verbosity", "0")
        self.manage("collectstatic", "--noinput", "--verbosity", "0")
        self.manage("load_trial", *(str(DEFINITIONS / f"{trial}.toml") for trial in trials))
        self.manage("shell", "-v0", "-c", OPEN_SITES)

    def manage(self, *arguments: str, **environment: str) -> str:
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, f"manage.py {arguments[0]}: {run.stdout}{run.stderr}"
        return run.stdout

    def add_person(self, username: str, role: str, *trials: str, password: str) -> None:
        for trial in trials:
            self.manage(
                "add_person", username, "--name", username.title(), "--trial", trial,
                "--role", role, TRIALSITE_PASSWORD=password,
            )  # fmt: skip

    def start_web(self) -> None:
        self._start("gunicorn", "-c", "python:trialsite.gunicorn", "trialsite.wsgi")
        _wait(lambda: _status(f"{self.address}/readyz") == 200, "the web server", self)

    def start_worker(self) -> subprocess.Popen:
        return self._start(
            "celery", "--app", "trialsite", "worker", "--concurrency", "1", "--pool", "prefork"
        )

    def start_beat(self) -> subprocess.Popen:
        """Sets the night to the next full minute that leaves beat time to start."""
        night = datetime.now(UTC) + timedelta(seconds=68)
        self.environment["NIGHTLY_AT"] = f"{night:%H:%M}"
        return self._start("celery", "--app", "trialsite", "beat")

    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def close(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)

    def _start(self, module: str, *arguments: str) -> subprocess.Popen:
        with (self.folder / f"{module}-{arguments[2]}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)
        return process


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return 0


def _wait(is_there, what: str, installation: Installation) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if is_there():
            return
        time.sleep(0.2)
    raise AssertionError(f"{what} did not start:\n{installation.log()[-3000:]}")
