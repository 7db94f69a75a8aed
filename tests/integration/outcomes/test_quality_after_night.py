"""The data-quality checks follow the night's snapshot, and nobody's who asked for one by day."""

from enrollment.actions.quality import queue_quality_run
from enrollment.models import QualityRun
from outcomes.actions.nightly import queue_run
from outcomes.tasks import compute_trial
from tests.factories import make_member


def test_night_ends_with_the_checks(trial):
    compute_trial(queue_run(trial, by=None).pk)
    assert QualityRun.objects.get().state == "done"


def test_snapshot_that_a_person_asked_for_is_followed_by_none(trial):
    compute_trial(queue_run(trial, by=make_member(trial, "statistician")).pk)
    assert not QualityRun.objects.exists()


def test_checks_under_way_are_left_alone(trial):
    queue_quality_run(trial, by=None)
    compute_trial(queue_run(trial, by=None).pk)
    assert QualityRun.objects.get().state == "queued"
