"""What the dashboard calls the codes that a snapshot holds."""

from datetime import date

import pytest

from enrollment.models import EndOfStudy, EndOfTreatment
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from reports.charts.plots import survival_plot
from reports.queries.dashboard import current_dashboard
from reports.queries.flow import flow_steps
from tests.integration.outcomes.story import Story, load_trial


@pytest.fixture
def dashboard(db):
    """Of one patient who completed the treatment and the study, without any scan."""
    version = load_trial()
    story = Story(version, "A01-001")
    ends = [(EndOfTreatment, story.on(83)), (EndOfStudy, story.on(150))]
    for form, day in ends:
        story.record(form, ended_on=day, reason="completed")
    complete_run(queue_run(version.trial, by=None, cut_on=date(2026, 6, 30)).pk)
    return current_dashboard(version.trial, version.definition, language="en")


def test_completed_means_another_thing_for_treatment_than_for_study(dashboard):
    left = {
        step.label: [(why, count) for why, count, _who in step.left]
        for step in flow_steps(dashboard)
    }
    assert left["Off treatment"] == [("all planned courses taken", 1)]
    assert left["Off study"] == [("follow-up completed", 1)]


def test_figure_names_its_method_as_the_snapshot_does(dashboard):
    curve = dashboard.shown["curves"][0]
    assert survival_plot(curve).note.startswith(f"{curve['method']}. Ticks")


def test_method_of_another_release_is_shown_as_stored(dashboard):
    curve = dashboard.shown["curves"][0] | {"method": "Turnbull"}
    assert survival_plot(curve).note.startswith("Turnbull. Ticks")
