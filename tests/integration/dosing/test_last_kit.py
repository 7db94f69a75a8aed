"""Many dispensers, one kit: one patient gets it, the others are told that there is none."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection

from core.models import Site
from core.refusals import Refused
from dosing.actions.dispensing import choose_kit
from dosing.actions.stock import destroy_kits
from dosing.models import LedgerEntry
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit
from tests.factories_kits import make_kits
from tests.integration.dosing.rush import DAY

only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="needs parallel connections of PostgreSQL"
)


def at_once(calls):
    """What each call gave, or the refusal that it met."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait()
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


@only_postgresql
def test_last_kit_goes_to_exactly_one_of_many_connections(committed_db):
    trial = make_trial()
    make_kits(trial, 3)
    by = make_member(trial, "dispenser")
    visits = [open_visit(make_enrolled_patient(trial), key="C1D1") for _number in range(12)]
    got = at_once([lambda v=visit: choose_kit(v, by=by, on=DAY) for visit in visits])
    kits = [kit.number for kit in got if not isinstance(kit, Refused)]
    assert len(kits) == len(set(kits)) == 3
    assert {str(each)[:28] for each in got if isinstance(each, Refused)} == {
        "There is no suitable kit for"
    }
    assert LedgerEntry.objects.filter(kind="reserve").count() == 3


@only_postgresql
def test_one_patient_asked_for_by_two_gets_one_kit(committed_db):
    trial = make_trial()
    make_kits(trial, 6)
    by = make_member(trial, "dispenser")
    visit = open_visit(make_enrolled_patient(trial), key="C1D1")
    got = at_once([lambda: choose_kit(visit, by=by, on=DAY)] * 6)
    assert len({kit.number for kit in got}) == 1
    assert LedgerEntry.objects.filter(kind="reserve").count() == 1


@only_postgresql
def test_one_kit_is_destroyed_once(committed_db):
    trial = make_trial()
    [kit] = make_kits(trial, 1)
    by, site = make_member(trial, "dispenser"), Site.objects.get(trial=trial, code="01")

    def destroy():
        return destroy_kits(site, [kit.number], by=by, on=DAY, reason="expired")

    got = at_once([destroy] * 6)
    assert sum(not isinstance(each, Refused) for each in got) == 1
    assert LedgerEntry.objects.filter(kind="destroy").count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the other tests are for PostgreSQL")
def test_last_kit_goes_to_exactly_one_of_many_processes(tmp_path):
    values = os.environ | {"TRIALSITE_SQLITE": str(tmp_path / "rush.sqlite3")}
    values.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "tests.integration.dosing.rush"]
    start = tmp_path / "go"

    def run(*arguments):
        return subprocess.Popen(
            [*command, *arguments],
            cwd=settings.BASE_DIR,
            env=values,
            stdout=subprocess.PIPE,
            text=True,
        )

    prepared = run("prepare", "5")
    visits = prepared.communicate(timeout=120)[0].split()
    assert len(visits) == 5
    dispensers = [run("choose", visit, str(start)) for visit in visits]
    assert [each.stdout.readline() for each in dispensers] == ["ready\n"] * 5
    start.touch()
    got = [each.communicate(timeout=60)[0].strip() for each in dispensers]
    assert sum(said.startswith("KS-00001-") for said in got) == 1
    assert sum(said.startswith("refused: There is no suitable kit") for said in got) == 4
