"""`manage.py demo` from nothing, and again."""

import csv
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from core.models import Membership, Site, User
from dosing.models import StorageReading
from dosing.queries.reconciliation import reconciliation
from enrollment.models import Patient, TrialVersion, VitalSigns
from outcomes.models import Snapshot, SnapshotTable, TumorAssessment
from reports.demo import population
from reports.demo.people import ACCOUNTS, PASSWORD
from reports.management.commands import demo

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setattr(timezone, "localdate", lambda *args: date(2026, 6, 1))

    def call():
        out = StringIO()
        call_command("demo", stdout=out, stderr=out)
        return out.getvalue()

    return call


@pytest.fixture
def few_patients(monkeypatch):
    few = [replace(each, enrolled=4, screen_failures=1) for each in population.POPULATIONS]
    monkeypatch.setattr(demo, "POPULATIONS", few)


def test_demo_outside_the_demo_is_refused(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo")
    assert not User.objects.exists()


def test_demo_on_a_database_of_real_people_is_refused(run):
    User.objects.create_user("anna")
    with pytest.raises(CommandError, match="database of its own"):
        run()
    assert not User.objects.filter(is_demo=True).exists()


def test_demo_makes_patients_summaries_and_accounts(run):
    said = run()
    assert Patient.objects.enrolled().count() == sum(
        each.enrolled for each in population.POPULATIONS
    )
    assert Snapshot.objects.count() == len(population.POPULATIONS)
    for account in ACCOUNTS:
        user = User.objects.get(username=account.username)
        assert user.is_demo
        assert user.check_password(PASSWORD)
        assert account.username in said
    lots, courses = reconciliation(Site.objects.all())
    assert sum(line.dispensed for line in lots) > 10_000
    assert not any(line.unexplained for line in lots)
    assert len(courses) > 100
    assert (
        StorageReading.objects.filter(is_excursion=True).count() == len(population.POPULATIONS) + 1
    )
    limited = Membership.objects.get(user__username="coordinator2")
    assert (limited.trial.slug, limited.site.code) == ("hcc-single-arm", "02")


def test_engine_reads_every_simulated_scan_as_the_simulated_investigator_did(run):
    run()
    read = {
        (scan.patient.number, scan.visit.key): scan.investigator_response
        for scan in TumorAssessment.objects.filter(is_baseline="N")
        .exclude(state="draft")
        .select_related("patient", "visit")
    }
    derived = {
        (row["patient"], row["visit"]): row["overall"]
        for table in SnapshotTable.objects.filter(name="responses")
        for row in csv.DictReader(StringIO(table.content))
        if row["criteria"] == "recist_1_1"
    }
    assert derived == read
    assert set(read.values()) >= {"PR", "SD", "PD"}


def test_demo_run_again_keeps_what_was_entered(run, few_patients):
    run()
    record = VitalSigns.objects.filter(state="complete").first()
    record.weight_kg = 99
    record.save()
    counted = [model.objects.count() for model in (Patient, TrialVersion, Snapshot, Membership)]
    said = run()
    record.refresh_from_db()
    assert record.weight_kg == 99
    assert counted == [
        model.objects.count() for model in (Patient, TrialVersion, Snapshot, Membership)
    ]
    assert "keeps its" in said


def test_demo_that_was_stopped_before_the_night_computes_it_next_time(
    run, few_patients, monkeypatch
):
    def stop(name, *args, **options):
        if name == "run_nightly":
            raise KeyboardInterrupt
        call_command(name, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(demo, "call_command", stop)
        with pytest.raises(KeyboardInterrupt):
            run()
    assert not Snapshot.objects.exists()
    run()
    assert Snapshot.objects.count() == len(population.POPULATIONS)
