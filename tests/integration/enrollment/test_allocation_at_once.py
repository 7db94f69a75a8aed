"""Many randomize at the same time: no place is used twice, none is lost, the order is kept."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections import defaultdict
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings

from tests import components

pytestmark = pytest.mark.once

PATIENTS = 60
NAME = f"test_allocation_{os.getpid()}"
TAKEN = (
    "SELECT stratum, sequence, number, patient_id FROM enrollment_allocation"
    " WHERE patient_id IS NOT NULL ORDER BY number"
)
ENTRIES = (
    "SELECT count(*) FROM core_auditentry WHERE table_name = 'enrollment_allocation'"
    " AND action = 'update'"
)


def environment(**values):
    kept = {n: v for n, v in os.environ.items() if n not in ("DATABASE_URL", "REDIS_URL")}
    return kept | {"DJANGO_SETTINGS_MODULE": "trialsite.settings", "TRIALSITE_TEST": "1"} | values


def start(where, *args):
    command = [sys.executable, "-m", "tests.integration.enrollment.allocating", *map(str, args)]
    return subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env=where,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(processes):
    for process in processes:
        _out, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors[-3000:]


def check_places(rows, patients):
    """Each patient once; in each stratum the places from 1 without a gap, taken in order."""
    assert sorted(patient for *_rest, patient in rows) == sorted(patients)
    numbers = [number for _stratum, _sequence, number, _patient in rows]
    assert numbers == [f"R-{n:04d}" for n in range(1, len(patients) + 1)]
    places = defaultdict(list)
    for stratum, sequence, _number, _patient in rows:
        places[stratum].append(sequence)
    for sequences in places.values():
        assert sequences == list(range(1, len(sequences) + 1))
    assert set(places) == {"0", "1-2"}


def ids(ask):
    return [pk for (pk,) in ask("SELECT id FROM enrollment_patient ORDER BY id")]


def die_and_go_on(where, ask):
    """Killed with the place taken but not stored: the next patient gets that place."""
    [victim, *others] = ids(ask)
    died = start(where, "die", victim)
    died.communicate(timeout=300)
    assert died.returncode == -signal.SIGKILL
    assert ask(TAKEN) == []
    return victim, others


@pytest.fixture(scope="module")
def on_postgresql():
    def on_server(sql):
        connection = psycopg2.connect(components.postgresql_url())
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()

    on_server(f"CREATE DATABASE {NAME}")
    address = urlsplit(components.postgresql_url())._replace(path=f"/{NAME}").geturl()
    where = environment(DATABASE_URL=address)
    wait_for([start(where, "prepare", PATIENTS)])

    def ask(sql):
        connection = psycopg2.connect(address)
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall()
        connection.close()
        return rows

    yield where, ask
    on_server(f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.mark.needs("postgresql")
def test_fifty_clients_on_postgresql(on_postgresql):
    where, ask = on_postgresql
    victim, others = die_and_go_on(where, ask)
    patients = [victim, *others]

    # Five processes with ten clients each, every patient asked for by two clients of a process
    # and by those of another one.
    halves = [patients[:30], patients[30:], patients[15:45], patients[:30], patients[30:]]
    wait_for([start(where, "randomize", 10, *part) for part in halves])

    check_places(ask(TAKEN), patients)
    assert ask(ENTRIES) == [(PATIENTS,)]


@pytest.fixture
def on_sqlite(tmp_path):
    file = tmp_path / "allocation.sqlite3"
    where = environment(TRIALSITE_SQLITE=str(file))
    wait_for([start(where, "prepare", 20)])

    def ask(sql):
        connection = sqlite3.connect(file)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return where, ask


def test_processes_on_sqlite(on_sqlite):
    where, ask = on_sqlite
    victim, others = die_and_go_on(where, ask)
    patients = [victim, *others]

    parts = [patients[:10], patients[10:], patients[5:15], patients]
    wait_for([start(where, "randomize", 2, *part) for part in parts])

    check_places(ask(TAKEN), patients)
    assert ask(ENTRIES) == [(20,)]
