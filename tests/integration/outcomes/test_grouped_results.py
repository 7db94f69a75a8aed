"""Results by arm: while the arms are a secret there are none, anywhere."""

import json
from datetime import date, timedelta

import pytest

from core.calc.partial_date import PartialDate
from enrollment.actions import load_definition, randomize_patient
from enrollment.models import Allocation, Unblinding
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.models import Death, Snapshot, SnapshotPart, SnapshotTable
from outcomes.queries.results import grouped_results_of, safety_by_arm_of
from tests.factories import (
    ENROLLED_ON,
    make_member,
    make_randomized_trial,
    make_ready_patient,
    randomized_source,
    save_form,
)

CUT = date(2026, 12, 31)


def make(blinding):
    """Everybody randomized is counted, from the day of randomization on."""
    trial = make_randomized_trial(blinding=blinding, block_sizes="[2]")
    source = randomized_source(blinding=blinding, block_sizes="[2]")
    for old, new in (
        ('reference_date = "first_dose"', 'reference_date = "randomization"'),
        ('rule = "treated"', 'rule = "randomized"'),
    ):
        source = source.replace(old, new)
    load_definition(source, by=None)
    return trial


def fill(trial):
    """Four patients: those with the capsules die on days 20 and 40, the others on 60 and 80."""
    by = make_member(trial, "coordinator")
    days = {"capsules": [20, 40], "sham": [60, 80]}
    for _number in range(4):
        patient = make_ready_patient(trial, by=by)
        randomize_patient(patient, by=by, on=ENROLLED_ON)
        arm = Allocation.objects.filter(patient=patient).values_list("arm", flat=True).get()
        died_on = ENROLLED_ON + timedelta(days=days[arm].pop(0))
        save_form(
            "death",
            patient,
            by=by,
            died_on=PartialDate(died_on.isoformat()),
            cause=Death.Cause.PROGRESSION,
        )


def night(trial):
    complete_run(queue_run(trial, by=None, cut_on=CUT).pk)
    return Snapshot.objects.current(trial)


def grouped(snapshot):
    return grouped_results_of(snapshot, population="treated", criteria="recist_1_1")


def unblind(trial):
    Unblinding.objects.create(
        trial=trial,
        kind=Unblinding.Kind.PLANNED,
        by=make_member(trial, "data-manager"),
        reason="planned",
    )


@pytest.fixture
def blinded(db):
    trial = make("double")
    fill(trial)
    return trial


def test_blinded_trial_has_no_results_by_arm(blinded):
    snapshot = night(blinded)
    assert grouped(snapshot) is None
    assert safety_by_arm_of(snapshot) is None
    assert not snapshot.parts.filter(name__startswith="groups:").exists()
    stored = [snapshot.summary, *SnapshotPart.objects.values_list("content", flat=True)]
    stored += SnapshotTable.objects.values_list("content", flat=True)
    assert "sham" not in json.dumps(stored)


def test_night_after_planned_unblinding_compares_the_arms(blinded):
    before = night(blinded)
    unblind(blinded)
    assert grouped(before) is None
    after = night(blinded)
    assert after != before
    found = grouped(after)
    assert [(group["id"], group["n"]) for group in found["groups"]] == [
        ("capsules", 2),
        ("sham", 2),
    ]
    assert (found["reference"], found["stratified_by"]) == ("sham", ["ecog"])
    assert [curves[1]["median"] for curves in found["curves"]] == [
        pytest.approx((21 + 41) / 2 / 30.4375),
        pytest.approx((61 + 81) / 2 / 30.4375),
    ]
    survival = next(item for item in found["comparisons"] if item["endpoint"] == "os")
    # By hand: at days 20, 40, 60 and 80 with 4, 3, 2 and 1 at risk, 1/2 + 1/3 expected deaths
    # and a variance of 1/4 + 2/9: (2 - 5/6)² / (17/36) = 49/17.
    assert survival["test"]["chisq"] == pytest.approx(49 / 17)
    assert survival["stratified_test"]["chisq"] == pytest.approx(49 / 17)
    [difference] = survival["median_differences"]
    assert difference["value"] == pytest.approx(-40 / 30.4375)
    assert "bootstrap" in difference["method"]
    everybody = next(row for row in found["forest"] if row["endpoint"] == "os")
    assert everybody["factor"] == "all"
    assert [count["events"] for count in everybody["counts"]] == [2, 2]


def test_results_taken_before_a_secret_was_kept_stay_unread(blinded):
    """Should such a part be there for whatever reason, it is not read."""
    snapshot = night(blinded)
    SnapshotPart.objects.create(
        snapshot=snapshot, name="groups:treated:recist_1_1", content={"groups": []}
    )
    SnapshotPart.objects.create(snapshot=snapshot, name="groups:safety", content={"arms": []})
    assert grouped(snapshot) is None
    assert safety_by_arm_of(snapshot) is None


def test_open_trial_is_compared_from_the_first_night_on(db):
    trial = make("open")
    fill(trial)
    snapshot = night(trial)
    assert [group["n"] for group in grouped(snapshot)["groups"]] == [2, 2]
    arms = safety_by_arm_of(snapshot)["arms"]
    assert [(arm["arm"], arm["n"]) for arm in arms] == [("capsules", 2), ("sham", 2)]


def test_open_trial_without_a_patient_compares_nobody(db):
    trial = make("open")
    assert grouped(night(trial)) is None
