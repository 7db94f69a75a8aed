"""What the night reads of capsules, background drugs and tumor markers."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from dosing.models import BackgroundDose, BackgroundTreatment, DoseDecision
from enrollment.actions import load_definition
from enrollment.models import VitalSigns
from outcomes.models import Laboratory
from outcomes.queries import exposure
from outcomes.queries.markers import read_markers
from tests.integration.outcomes.story import Story

CUT = date(2026, 6, 30)


@pytest.fixture
def version(db):
    """The randomized trial: lenvatinib by weight, 8 mg up to 60 kg."""
    file = Path(settings.BASE_DIR) / "enrollment" / "definitions" / "hcc-randomized.toml"
    return load_definition(file.read_text(encoding="utf-8"), by=None).version


@pytest.fixture
def story(version):
    return Story(version, "B01-001")


def give(story, day, *doses):
    treatment = story.record(BackgroundTreatment, visit=story.visit(day), is_as_planned="N")
    for number, (drug, change, dose_mg) in enumerate(doses, start=1):
        given_on = story.on(day) if change != "held" else None
        BackgroundDose.objects.create(
            record=treatment,
            row_number=number,
            drug=drug,
            change=change,
            given_on=given_on,
            dose_mg=dose_mg,
        )


def test_planned_dose_follows_the_weight_at_the_start(story):
    story.record(VitalSigns, visit=story.visit(-1), weight_kg=60)
    story.record(VitalSigns, visit=story.visit(30), weight_kg=75)
    give(story, 0, ("lenvatinib", "none", 8), ("pd1-antibody", "none", 200))
    rows = exposure.read_background_doses(story.patient.trial, CUT).set_index("drug")
    assert rows.loc["lenvatinib", "planned_mg"] == 8
    assert rows["planned_mg"].isna()["pd1-antibody"]
    assert set(rows["course_days"]) == {21}


def test_held_dose_stands_on_the_day_of_its_visit(story):
    give(story, 21, ("lenvatinib", "held", None))
    [day] = exposure.read_background_doses(story.patient.trial, CUT)["day"]
    assert day.date() == story.on(21)


def test_course_counts_once_its_last_day_with_capsules_is_over(story):
    # Day 10 is the last one.
    assert len(exposure.read_courses(story.patient.trial, story.on(8))) == 0
    [course] = exposure.read_courses(story.patient.trial, story.on(9)).to_dict("records")
    assert (course["planned"], course["due"], course["course_days"]) == (60, 60, 21)


def test_days_without_a_number_leave_the_course_unknown(story):
    [taken] = exposure.read_courses(story.patient.trial, CUT)["taken"]
    assert taken != taken


def test_decision_and_values_after_the_cut_are_not_known_yet(story):
    trial = story.patient.trial
    story.record(
        DoseDecision, row_number=1, decided_on=story.on(5), treatment="capsules", course=1,
        action="hold", reason="patient", reason_text="wish",
    )  # fmt: skip
    story.record(
        Laboratory, visit=story.visit(5), sampled_on=story.on(5), afp_ug_l=400, cea_ug_l=None
    )
    assert len(exposure.read_dose_decisions(trial, story.on(4))) == 0
    assert len(exposure.read_dose_decisions(trial, story.on(5))) == 1
    assert len(read_markers(trial, story.on(4))) == 0
    assert list(read_markers(trial, story.on(5))["marker"]) == ["afp_ug_l"]
