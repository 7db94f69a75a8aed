"""A scratch installation: a database filled by the demo, and gunicorn in front of it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen


@dataclass(frozen=True)
class Server:
    port: int
    filled_seconds: float
    """From nothing to the demo's database."""
    served_seconds: float
    """From the start of the web server to its first answer."""


@contextmanager
def demo_server(database_url: str = "") -> Iterator[Server]:
    """On SQLite, or in the empty PostgreSQL database that the address names."""
    with tempfile.TemporaryDirectory() as folder:
        kept = {
            key: value for key, value in os.environ.items() if key not in ("REDIS_URL", "DEBUG")
        }
        environment = kept | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "TRIALSITE_DEMO": "1",
            "TRIALSITE_TEST": "0",
            "TRIALSITE_VAR": folder,
            "TRIALSITE_SQLITE": f"{folder}/scratch.sqlite3",
            "DATABASE_URL": database_url,
        }
        started = time.perf_counter()
        demo = [sys.executable, "manage.py", "demo"]
        subprocess.run(demo, env=environment, check=True, stdout=subprocess.DEVNULL)
        filled = time.perf_counter()
        with web_server(environment) as (port, _web):
            yield Server(port, filled - started, time.perf_counter() - filled)


@contextmanager
def web_server(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """The port on which it answers, and the id of its first process."""
    port = _free_port()
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:trialsite.gunicorn"]
    web = subprocess.Popen(
        [*gunicorn, "trialsite.wsgi"],
        env=environment | {"HOST": "127.0.0.1", "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port, web)
        yield port, web.pid
    finally:
        web.terminate()
        web.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for_answer(port: int, web: subprocess.Popen[bytes]) -> None:
    while web.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except URLError:
            time.sleep(0.05)
    sys.exit("The web server did not start.")
