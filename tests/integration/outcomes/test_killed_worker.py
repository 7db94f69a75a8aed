"""A Celery worker killed in the middle of a run, with PostgreSQL and Redis."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from django.conf import settings

from tests import components

pytestmark = [pytest.mark.needs("postgresql"), pytest.mark.needs("redis"), pytest.mark.once]

NAME = f"test_night_{os.getpid()}"
PATIENCE_S = 60


def on_server(sql):
    connection = psycopg2.connect(components.postgresql_url())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


@pytest.fixture(scope="module")
def server():
    on_server(f"CREATE DATABASE {NAME}")
    yield urlsplit(components.postgresql_url())._replace(path=f"/{NAME}").geturl()
    on_server(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture(scope="module")
def processes(server):
    """The environment of every process of these tests; the database holds three patients."""
    values = os.environ | {
        "DATABASE_URL": server,
        "REDIS_URL": components.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "trialsite.settings",
        "TRIALSITE_TEST": "1",
    }
    subprocess.run(command("prepare"), cwd=settings.BASE_DIR, env=values, check=True)
    return values


@pytest.fixture
def ask(server, processes):
    connection = psycopg2.connect(server)
    connection.autocommit = True

    def rows(sql):
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else None

    # Rows of a snapshot are append-only; between two tests alone the database looks away.
    rows("SET session_replication_role = replica")
    rows("TRUNCATE outcomes_nightlyrun, outcomes_snapshottable, outcomes_snapshot CASCADE")
    rows("SET session_replication_role = DEFAULT")
    redis.Redis.from_url(components.REDIS_URL).flushdb()
    yield rows
    connection.close()


def command(*args):
    return [sys.executable, "-m", "tests.integration.outcomes.night", *args]


@contextmanager
def worker(step, environment):
    process = subprocess.Popen(
        command("worker", step),
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)


def beat(environment):
    subprocess.run(command("send"), cwd=settings.BASE_DIR, env=environment, check=True)


def wait_until(is_so):
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline, "nothing happened for a minute"
        time.sleep(0.2)


def ended(ask):
    return ask("SELECT state, note, attempt FROM outcomes_nightlyrun ORDER BY id")


def is_whole(ask):
    """The snapshot has every table that its summary names."""
    [(tables,)] = ask("SELECT jsonb_array_length(summary -> 'tables') FROM outcomes_snapshot")
    assert tables > 10
    return ask("SELECT count(*) FROM outcomes_snapshottable") == [(tables,)]


def test_task_of_a_killed_process_goes_to_the_next_one(ask, processes, tmp_path):
    note = tmp_path / "died"
    with worker("survive", processes | {"NIGHT_DIED": str(note)}):
        beat(processes)
        wait_until(lambda: ended(ask) == [("done", "", 2)])
    assert note.exists()
    assert ask("SELECT count(*) FROM outcomes_snapshot") == [(1,)]
    assert is_whole(ask)


def test_run_of_a_killed_worker_is_replaced_by_the_next_beat(ask, processes):
    with worker("tables", processes | {"NIGHT_KILLS": "all"}) as killed:
        beat(processes)
        wait_until(lambda: killed.poll() is not None)
    assert ended(ask) == [("running", "", 1)]
    assert ask("SELECT count(*) FROM outcomes_snapshot") == [(0,)]

    ask("UPDATE outcomes_nightlyrun SET heartbeat_at = now() - interval '3 minutes'")
    with worker("never", processes):
        beat(processes)
        wait_until(lambda: ended(ask) == [("failed", "stopped", 1), ("done", "", 1)])
    assert is_whole(ask)


def test_two_beats_at_once_make_one_snapshot(ask, processes):
    queue = redis.Redis.from_url(components.REDIS_URL)
    beat(processes)
    beat(processes)
    with worker("never", processes), worker("never", processes):
        # The second beat finds the first one's run under way, or finished and unchanged.
        wait_until(lambda: queue.llen("celery") == 0 and queue.hlen("unacked") == 0)
    assert {state for state, *_ in ended(ask)} == {"done"}
    assert ask("SELECT count(*) FROM outcomes_snapshot") == [(1,)]
