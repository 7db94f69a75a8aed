"""Yesterday's numbers say that they are yesterday's."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from outcomes import tasks
from outcomes.actions import snapshot as snapshot_actions
from outcomes.actions.nightly import queue_run
from outcomes.models import NightlyRun
from outcomes.queries.freshness import DUE_WITHIN
from tests.factories import make_member
from tests.integration.outcomes.story import Story, load_trial

HOME = "/trials/hcc-single-arm/dashboard/"
EXPORTS = "/trials/hcc-single-arm/exports/"
PAGES = ["", "efficacy/", "safety/", "quality-of-life/", "flow/", "patients/?what=os"]


@pytest.fixture
def trial(db):
    version = load_trial()
    Story(version, "A01-001").scan(-7, 100).scan(42, 60)
    night(version.trial, day=29)
    return version.trial


def night(trial, *, day=30):
    """As the schedule runs it; whatever it comes to is in the run."""
    run = queue_run(trial, by=None, cut_on=date(2026, 6, day))
    tasks.compute_trial(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def reader(trial):
    client = Client()
    client.force_login(make_member(trial, "statistician"))
    return client


def old(reader, path=HOME):
    return reader.get(path).context["old"]


def test_failed_night_leaves_yesterdays_numbers_marked(trial, reader, monkeypatch):
    assert old(reader) == ""
    with monkeypatch.context() as patch:
        patch.setattr(snapshot_actions, "derive_all", lambda job: 1 / 0)
        assert night(trial).state == "failed"
    today = f"{timezone.localdate():%Y-%m-%d}"
    mark = f"These numbers are of the data cut 2026-06-29: the run of {today} failed."
    for page in PAGES:
        response = reader.get(HOME + page)
        assert response.context["old"].startswith(mark)
        # Once: what the run itself would say is part of it.
        assert response.content.decode().count("An error stopped the run") == 1
    assert mark in reader.get(EXPORTS).content.decode()

    assert night(trial).state == "done"
    assert old(reader) == ""
    assert mark not in reader.get(EXPORTS).content.decode()


def test_new_run_does_not_hide_that_the_last_one_failed(trial, reader, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(snapshot_actions, "derive_all", lambda job: 1 / 0)
        night(trial)
    queue_run(trial, by=None, cut_on=date(2026, 6, 30))
    page = reader.get(HOME)
    assert "failed" in page.context["old"]
    assert b"Computing" in page.content


@pytest.mark.parametrize(
    ("silence_s", "is_old"),
    [pytest.param(115, False, id="just alive"), pytest.param(125, True, id="just dead")],
)
def test_run_that_fell_silent_counts_as_failed(trial, reader, silence_s, is_old):
    run = queue_run(trial, by=None, cut_on=date(2026, 6, 30))
    heard = timezone.now() - timedelta(seconds=silence_s)
    NightlyRun.objects.filter(pk=run.pk).update(heartbeat_at=heard)
    assert ("The run stopped before its end" in old(reader)) is is_old


@pytest.mark.parametrize(
    ("late", "is_old"),
    [
        pytest.param(timedelta(minutes=-5), False, id="just in time"),
        pytest.param(timedelta(minutes=5), True, id="just too late"),
    ],
)
def test_night_that_did_not_run_is_missed(trial, reader, late, is_old):
    ended = timezone.now() - DUE_WITHIN - late
    NightlyRun.objects.update(finished_at=ended)
    assert ("no run has ended since" in old(reader)) is is_old


def test_cut_that_was_chosen_is_not_old(trial, reader):
    chosen = trial.snapshots.get()
    night(trial)
    NightlyRun.objects.update(finished_at=timezone.now() - timedelta(days=9))
    assert old(reader)
    assert old(reader, f"{HOME}?cut={chosen.pk}") == ""
