"""A randomized trial counts from the day of randomization, and only who was randomized."""

from datetime import date, timedelta

import pytest

from enrollment.actions import load_definition, randomize_patient
from enrollment.models import Allocation
from enrollment.queries.trials import current_version
from outcomes.calc.snapshot.compose import Job
from outcomes.queries.inputs import read_inputs
from tests.factories import (
    ENROLLED_ON,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    randomized_source,
)

CUT = date(2026, 6, 30)
RANDOMIZED_ON = ENROLLED_ON + timedelta(days=2)


@pytest.fixture
def trial(db):
    trial = make_randomized_trial()
    source = randomized_source().replace(
        'reference_date = "first_dose"', 'reference_date = "randomization"'
    )
    load_definition(source.replace('rule = "treated"', 'rule = "randomized"'), by=None)
    return trial


def read(trial, cut_on=CUT):
    inputs, _last = read_inputs(current_version(trial), cut_on)
    return inputs


def starts(inputs):
    return [str(day)[:10] for day in inputs.subjects["start_date"]]


def test_times_begin_with_the_allocation(trial):
    by = make_member(trial, "coordinator")
    first, _second = (make_ready_patient(trial, by=by) for _number in range(2))
    randomize_patient(first, by=by, on=RANDOMIZED_ON)

    inputs = read(trial)

    assert starts(inputs) == [RANDOMIZED_ON.isoformat(), ENROLLED_ON.isoformat()]
    version = current_version(trial)
    job = Job(
        definition=version.definition, version=version.number, cut_on=CUT, inputs=inputs, seed=0
    )
    assert list(job.members("treated")) == [0]


def test_allocation_after_the_cut_is_not_known_yet(trial):
    by = make_member(trial, "coordinator")
    randomize_patient(make_ready_patient(trial, by=by), by=by, on=RANDOMIZED_ON)

    inputs = read(trial, cut_on=RANDOMIZED_ON - timedelta(days=1))

    assert inputs.subjects["randomized_on"].isna().all()
    assert starts(inputs) == [ENROLLED_ON.isoformat()]


def test_inputs_of_the_night_are_the_same_for_every_arm(trial):
    by = make_member(trial, "coordinator")
    patient = make_ready_patient(trial, by=by)
    randomize_patient(patient, by=by, on=RANDOMIZED_ON)
    before = read(trial).sha256()

    arms = {"capsules": "sham", "sham": "capsules"}
    mine = Allocation.objects.filter(patient=patient)
    mine.update(arm=arms[mine.values_list("arm", flat=True).get()])

    assert read(trial).sha256() == before
