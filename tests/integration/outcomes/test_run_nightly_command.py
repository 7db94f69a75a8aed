import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from outcomes.actions import snapshot as snapshot_actions
from outcomes.actions.nightly import queue_run, take_up
from outcomes.management.commands import run_nightly as command
from outcomes.models import NightlyRun, Snapshot


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(*args, terminal=False, **options):
    out, err = Terminal() if terminal else io.StringIO(), io.StringIO()
    call_command("run_nightly", *args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_every_trial_is_computed_with_lines_that_say_how_far(trial):
    out, _err = run()
    assert "hcc-single-arm: 40 %\n" in out
    assert "hcc-single-arm: 100 %\n" in out
    assert f"snapshot {Snapshot.objects.get().pk}.\n" in out
    assert out.endswith("hcc-single-arm: 0 findings, 0 queries raised, 0 closed\n")


def test_terminal_shows_a_bar_on_one_line(trial):
    out, _err = run(terminal=True)
    bar, result, _checks = out.rstrip().split("\n")
    assert bar.startswith("\rhcc-single-arm [#   ")
    assert bar.endswith(f"\rhcc-single-arm [{'#' * 30}] 100 %")
    assert result.startswith("hcc-single-arm: data cut")


def test_cut_may_be_another_day(trial):
    run(cut=date(2026, 3, 1))
    assert Snapshot.objects.get().cut_on == date(2026, 3, 1)


def test_unknown_trial_is_refused(trial):
    with pytest.raises(CommandError, match="no trial nowhere"):
        run(trial="nowhere")


def test_one_trial_is_chosen_by_its_slug(trial):
    run(trial="hcc-single-arm")
    assert Snapshot.objects.get().trial == trial


def test_queued_run_is_finished_by_its_number(trial):
    queued = queue_run(trial, by=None)
    run("--run", str(queued.pk))
    queued.refresh_from_db()
    assert queued.state == "done"


def test_run_that_ended_already_is_no_error(trial):
    queued = queue_run(trial, by=None)
    run("--run", str(queued.pk))
    out, _err = run("--run", str(queued.pk))
    assert "was done already" in out


def test_unknown_run_is_refused(db):
    with pytest.raises(CommandError, match="no run 77"):
        run("--run", "77")


def test_run_under_way_elsewhere_is_said_and_fails_the_command(trial):
    take_up(queue_run(trial, by=None).pk)
    err = io.StringIO()
    with pytest.raises(CommandError, match="hcc-single-arm"):
        call_command("run_nightly", stdout=io.StringIO(), stderr=err)
    assert "is under way" in err.getvalue()


def test_failure_is_said_and_fails_the_command(trial, monkeypatch):
    def fail(*args):
        raise ValueError("patient A01-001")

    monkeypatch.setattr(snapshot_actions, "derive_all", fail)
    err = io.StringIO()
    with pytest.raises(CommandError, match="The earlier one stays"):
        call_command("run_nightly", stdout=io.StringIO(), stderr=err)
    assert "An error stopped the run" in err.getvalue()
    assert "A01-001" not in err.getvalue()


def test_database_away_is_said_in_a_sentence(trial, monkeypatch):
    def fail(*args, **options):
        raise OperationalError("gone")

    monkeypatch.setattr(command, "complete_run", fail)
    with pytest.raises(CommandError, match="database does not answer"):
        run()


def test_interrupted_by_hand_ends_the_run(trial, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshot_actions, "derive_all", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run()
    assert NightlyRun.objects.get().note == "stopped"
