"""Results by arm: while the arms are a secret there are none, anywhere."""

import json

import pytest
from django.core.exceptions import PermissionDenied

from outcomes.models import SnapshotPart, SnapshotTable
from outcomes.queries.results import grouped_results_of, safety_by_arm_of
from tests.factories import make_member
from tests.integration.outcomes.two_arms import fill, make, night, unblind


def grouped(snapshot, by=None):
    by = by or make_member(snapshot.trial, "unblinded-pharmacist")
    return grouped_results_of(snapshot, population="treated", criteria="recist_1_1", by=by)


def safety_by_arm(snapshot):
    return safety_by_arm_of(snapshot, by=make_member(snapshot.trial, "unblinded-pharmacist"))


@pytest.fixture
def blinded(db):
    trial = make("double")
    fill(trial)
    return trial


def test_blinded_trial_has_no_results_by_arm(blinded):
    snapshot = night(blinded)
    assert grouped(snapshot) is None
    assert safety_by_arm(snapshot) is None
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
    assert safety_by_arm(snapshot) is None


def test_open_trial_is_compared_from_the_first_night_on(db):
    trial = make("open")
    fill(trial)
    snapshot = night(trial)
    assert [group["n"] for group in grouped(snapshot)["groups"]] == [2, 2]
    arms = safety_by_arm(snapshot)["arms"]
    assert [(arm["arm"], arm["n"]) for arm in arms] == [("capsules", 2), ("sham", 2)]


def test_open_trial_without_a_patient_compares_nobody(db):
    trial = make("open")
    assert grouped(night(trial)) is None


@pytest.mark.parametrize("role", ["statistician", "monitor", "administrator"])
def test_blinded_role_may_not_even_ask(blinded, role):
    snapshot, person = night(blinded), make_member(blinded, role)
    with pytest.raises(PermissionDenied):
        grouped(snapshot, by=person)
    with pytest.raises(PermissionDenied):
        safety_by_arm_of(snapshot, by=person)


def test_role_without_the_dashboard_may_not_ask_once_the_arms_are_open(db):
    trial = make("open")
    snapshot = night(trial)
    with pytest.raises(PermissionDenied):
        grouped(snapshot, by=make_member(trial, "dispenser"))
    assert grouped(snapshot, by=make_member(trial, "statistician")) is None
