"""A randomized trial counts from the day of randomization, and only who was randomized."""

from datetime import date, timedelta

import pytest

from enrollment.actions import load_definition, randomize_patient
from enrollment.actions.randomization_lists import activate_list, upload_list
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
from tests.integration.worlds import undone

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


def test_inputs_of_the_night_are_the_same_for_every_arm(db):
    trial = make_randomized_trial(per_stratum=0)
    by, pharmacist = (make_member(trial, role) for role in ("coordinator", "unblinded-pharmacist"))
    patient = make_ready_patient(trial, by=by)
    found = []
    for first, second in (("capsules", "sham"), ("sham", "capsules")):
        rows = [f"{s},{n},{a}" for s in ("0", "1-2") for n, a in ((1, first), (2, second))]
        content = "\n".join(["stratum,sequence,arm", *rows, ""]).encode()
        with undone():
            activate_list(upload_list(trial, by=pharmacist, content=content), by=pharmacist)
            randomize_patient(patient, by=by, on=RANDOMIZED_ON)
            found.append(read(trial).sha256())

    assert found[0] == found[1]
