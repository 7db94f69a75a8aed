"""A run killed in the middle, in a real process on a real SQLite file."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A database file with a trial and three patients."""
    file = tmp_path_factory.mktemp("night") / "prepared.sqlite3"
    done = night(file, "prepare")
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def database(prepared, tmp_path):
    return shutil.copy(prepared, tmp_path / "night.sqlite3")


def environment(file):
    away = ("DATABASE_URL", "REDIS_URL")
    kept = {name: value for name, value in os.environ.items() if name not in away}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "trialsite.settings",
        "TRIALSITE_TEST": "1",
        "TRIALSITE_SQLITE": str(file),
    }


def night(file, *args):
    command = [sys.executable, "-m", "tests.integration.outcomes.night", *args]
    return subprocess.run(
        command,
        cwd=settings.BASE_DIR,
        env=environment(file),
        capture_output=True,
        text=True,
        check=False,
    )


def ask(file, sql):
    connection = sqlite3.connect(file)
    try:
        with connection:
            return connection.execute(sql).fetchall()
    finally:
        connection.close()


def let_time_pass(file):
    """As if the last sign of life were three minutes old."""
    ask(file, "UPDATE outcomes_nightlyrun SET heartbeat_at = datetime('now', '-3 minutes')")


@pytest.mark.parametrize("step", ["read", "survive", "tables"])
def test_next_run_finishes_what_a_killed_one_began(database, step):
    killed = night(database, "run_nightly", step)
    assert killed.returncode == -signal.SIGKILL
    assert ask(database, "SELECT count(*) FROM outcomes_snapshot") == [(0,)]
    assert ask(database, "SELECT state FROM outcomes_nightlyrun") == [("running",)]

    let_time_pass(database)
    done = night(database, "run_nightly", "never")
    assert done.returncode == 0, done.stderr
    assert ask(database, "SELECT state, note FROM outcomes_nightlyrun ORDER BY id") == [
        ("failed", "stopped"),
        ("done", ""),
    ]
    assert ask(database, "SELECT count(*) FROM outcomes_snapshot") == [(1,)]
    named = "SELECT json_array_length(summary, '$.tables') FROM outcomes_snapshot"
    [(tables,)] = ask(database, named)
    assert tables > 10
    assert ask(database, "SELECT count(*) FROM outcomes_snapshottable") == [(tables,)]


def test_killed_run_is_finished_at_once_when_it_is_delivered_again(database):
    night(database, "run_nightly", "respond")
    done = night(database, "run_nightly", "never", "--run", "1")
    assert done.returncode == 0, done.stderr
    assert ask(database, "SELECT state, attempt FROM outcomes_nightlyrun") == [("done", 2)]


def test_two_commands_at_once_make_one_snapshot(database):
    command = [sys.executable, "-m", "tests.integration.outcomes.night", "run_nightly", "never"]
    both = [
        subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment(database),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    codes = sorted(process.returncode for process in both)
    # The second is refused, or comes so late that it finds the snapshot made.
    assert codes in ([0, 0], [0, 1]), said
    assert ("is under way" in "".join(said)) == (codes == [0, 1])
    assert ask(database, "SELECT count(*) FROM outcomes_snapshot") == [(1,)]
    assert ask(database, "SELECT count(*) FROM outcomes_nightlyrun WHERE finished_at IS NULL") == [
        (0,)
    ]
