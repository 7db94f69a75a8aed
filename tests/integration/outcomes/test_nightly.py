"""Asking for runs: from the schedule, by a person, with and without a broker."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from core.actions import background
from core.models import AuditEntry, Trial, User
from enrollment.policies import Refused
from outcomes import tasks
from outcomes.actions import nightly
from outcomes.actions.nightly import queue_run, request_run, take_up
from outcomes.models import NightlyRun, Snapshot
from outcomes.tasks import compute_trial, run_nightly


@pytest.fixture
def investigator(db):
    return User.objects.create(username="investigator", full_name="Ines V")


@pytest.fixture
def started(monkeypatch):
    """Commands of the processes that would be started."""
    commands = []

    class Process:
        def __init__(self, command, **options):
            commands.append((command, options))

        def wait(self):
            return 0

    monkeypatch.setattr(subprocess, "Popen", Process)
    return commands


@pytest.fixture
def sent(monkeypatch, settings):
    """Tasks that would be sent to a broker."""
    settings.REDIS_URL = "redis://broker"
    tasks_sent = []
    monkeypatch.setattr(
        background.current_app, "send_task", lambda name, args: tasks_sent.append((name, args))
    )
    return tasks_sent


def age(run, **how):
    NightlyRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(**how))


class TestQueueRun:
    def test_cut_is_today_in_the_zone_of_the_trial(self, trial, monkeypatch):
        # 17:00 in London is 01:00 of the next day in Shanghai.
        now = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
        monkeypatch.setattr(nightly.timezone, "now", lambda: now)
        assert queue_run(trial, by=None).cut_on == date(2026, 3, 2)

    def test_it_leaves_an_audit_event_that_names_the_person(self, trial, investigator):
        run = queue_run(trial, by=investigator)
        event = AuditEntry.objects.get(event="nightly-run")
        assert (event.actor_id, event.row_pk) == (investigator.pk, str(run.pk))

    def test_second_one_is_refused_while_the_first_is_alive(self, trial):
        first = queue_run(trial, by=None)
        age(first, minutes=1, seconds=55)
        with pytest.raises(Refused, match="under way"):
            queue_run(trial, by=None)

    def test_run_that_was_not_heard_of_for_two_minutes_is_replaced(self, trial):
        first = take_up(queue_run(trial, by=None).pk)
        age(first, minutes=2, seconds=5)
        second = queue_run(trial, by=None)
        first.refresh_from_db()
        assert (first.state, first.note) == ("failed", "stopped")
        assert second.state == "queued"

    def test_runs_of_two_trials_do_not_meet(self, trial, version):
        queue_run(trial, by=None)
        other = Trial.objects.create(slug="other", title_en="O", title_zh="O")
        version.pk, version.trial = None, other
        version.save()
        assert queue_run(other, by=None).trial == other

    def test_trial_without_definition_is_refused(self, db):
        empty = Trial.objects.create(slug="empty", title_en="E", title_zh="E")
        with pytest.raises(Refused, match="definition"):
            queue_run(empty, by=None)
        assert not NightlyRun.objects.exists()

    def test_database_refuses_two_active_runs_of_a_trial(self, trial):
        run = queue_run(trial, by=None)
        run.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            run.save()


class TestConstraints:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"state": "failed"}, id="an end without its time"),
            pytest.param({"finished_at": timezone.now()}, id="a time without an end"),
            pytest.param(
                {"state": "done", "finished_at": timezone.now()}, id="done without a snapshot"
            ),
        ],
    )
    def test_run_that_contradicts_itself_is_refused(self, trial, change):
        run = queue_run(trial, by=None)
        with pytest.raises(IntegrityError), transaction.atomic():
            NightlyRun.objects.filter(pk=run.pk).update(**change)


class TestRequestRun:
    def test_without_broker_a_process_of_its_own_computes(
        self, trial, investigator, started, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            run = request_run(trial, by=investigator)
        [(command, options)] = started
        assert command[0] == sys.executable
        assert command[-3:] == ["run_nightly", "--run", str(run.pk)]
        assert options["start_new_session"] is True
        assert run.requested_by == investigator

    def test_with_broker_a_worker_computes(
        self, trial, investigator, sent, started, django_capture_on_commit_callbacks
    ):
        with django_capture_on_commit_callbacks(execute=True):
            run = request_run(trial, by=investigator)
        assert sent == [(compute_trial.name, [run.pk])]
        assert started == []

    @pytest.mark.parametrize("error", [BrokerAway("away"), ConnectionRefusedError("away")])
    def test_broker_away_is_refused_with_a_sentence(
        self,
        trial,
        investigator,
        sent,
        monkeypatch,
        django_capture_on_commit_callbacks,
        error,
    ):
        def fail(name, args):
            raise error

        monkeypatch.setattr(background.current_app, "send_task", fail)
        with (
            pytest.raises(Refused, match="task queue does not answer"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            request_run(trial, by=investigator)
        run = NightlyRun.objects.get()
        assert (run.state, run.note) == ("failed", "no-broker")
        assert queue_run(trial, by=None).state == "queued"

    def test_process_that_cannot_start_is_refused_with_a_sentence(
        self, trial, investigator, monkeypatch, django_capture_on_commit_callbacks
    ):
        def fail(*args, **options):
            raise OSError("no memory")

        monkeypatch.setattr(subprocess, "Popen", fail)
        with (
            pytest.raises(Refused, match="could not start"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            request_run(trial, by=investigator)
        assert NightlyRun.objects.get().note == "no-process"


class TestTasks:
    def test_beat_computes_every_trial(self, trial, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            run_nightly()
        assert Snapshot.objects.get().trial == trial
        assert NightlyRun.objects.get().requested_by is None

    def test_second_beat_leaves_a_run_under_way_alone(
        self, trial, django_capture_on_commit_callbacks
    ):
        under_way = take_up(queue_run(trial, by=None).pk)
        with django_capture_on_commit_callbacks(execute=True) as callbacks:
            run_nightly()
        assert callbacks == []
        assert NightlyRun.objects.get() == under_way

    def test_trial_without_definition_does_not_stop_the_others(
        self, trial, django_capture_on_commit_callbacks
    ):
        Trial.objects.create(slug="a-first", title_en="E", title_zh="E")
        with django_capture_on_commit_callbacks(execute=True):
            run_nightly()
        assert Snapshot.objects.get().trial == trial

    def test_task_delivered_twice_computes_once(self, trial):
        run = queue_run(trial, by=None)
        compute_trial(run.pk)
        compute_trial(run.pk)
        run.refresh_from_db()
        assert (run.state, run.attempt) == ("done", 1)

    def test_failed_run_is_no_failed_task(self, trial, monkeypatch):
        def fail(run_id):
            raise tasks.RunFailed("an error")

        monkeypatch.setattr(tasks, "complete_run", fail)
        compute_trial(1)


def test_web_process_stays_free_of_pandas():
    """What pages import is started in a process of its own; pandas must not come with it."""
    program = (
        "import sys, django; django.setup(); import trialsite.urls, outcomes.actions.nightly;"
        "print(*sorted({'pandas', 'lifelines', 'scipy'} & set(sys.modules)))"
    )
    found = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert found.strip() == ""
