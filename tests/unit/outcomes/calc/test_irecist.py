"""iRECIST's decision table, row by row, with the thresholds of confirmation on each side."""

import pandas as pd
import pytest

from outcomes.calc.irecist import irecist_responses
from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules


def answers(scans, **rules):
    return list(irecist_responses(*scans.frames(), rules=EndpointRules(**rules))["irecist"])


@pytest.mark.parametrize(
    ("sums", "expected"),
    [
        pytest.param([80, 70, 0], ["iSD", "iPR", "iCR"], id="no progression: as RECIST 1.1"),
        pytest.param([120, 125], ["iUPD", "iCPD"], id="a further rise of 5 mm confirms"),
        pytest.param([120, 124.9], ["iUPD", "iUPD"], id="just under 5 mm does not"),
        pytest.param([120, 124, 126], ["iUPD", "iUPD", "iCPD"], id="+4 and +2 mm add up"),
        pytest.param([120, 119.9], ["iUPD", "iSD"], id="just under the limit closes the run"),
        pytest.param([120, 100, 70], ["iUPD", "iSD", "iPR"], id="pseudoprogression"),
        pytest.param([120, 70, 84], ["iUPD", "iPR", "iUPD"], id="a later one is a new iUPD"),
        pytest.param([120, 70, 84, 89], ["iUPD", "iPR", "iUPD", "iCPD"], id="with its own proof"),
        pytest.param([120, 125, 60], ["iUPD", "iCPD", "iCPD"], id="confirmed is for good"),
        pytest.param([120, None, 125], ["iUPD", "NE", "iCPD"], id="an unread visit waits"),
    ],
)
def test_target_lesions(scans, sums, expected):
    assert answers(scans.lesion("T1", sums, baseline=100.0)) == expected


def test_no_confirmation_before_four_weeks(scans):
    scans.lesion("T1", [120, 125], baseline=100.0)
    lesions, assessments = scans.frames()
    first = pd.Timestamp(assessments["date"][0])
    for days, expected in ((27, "iUPD"), (28, "iCPD")):
        assessments.loc[1, "date"] = (first + pd.Timedelta(days=days)).date().isoformat()
        assert list(irecist_responses(lesions, assessments)["irecist"]) == ["iUPD", expected]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["UNEQUIVOCAL PROGRESSION", "INCREASED"], ["iUPD", "iCPD"]),
        (["UNEQUIVOCAL PROGRESSION", "UNEQUIVOCAL PROGRESSION"], ["iUPD", "iCPD"]),
        (["UNEQUIVOCAL PROGRESSION", "PRESENT"], ["iUPD", "iSD"]),
        (["INCREASED", "INCREASED"], ["iSD", "iSD"]),
    ],
)
def test_non_target_lesions(scans, states, expected):
    scans.lesion("T1", [100, 100], baseline=100.0)
    assert answers(scans.lesion("N1", states, kind="NON-TARGET")) == expected


def new_lesion(scans, values, kind="NEW TARGET", name="X1", first="V1"):
    return scans.lesion(name, values, kind=kind, new=first, sure="Y")


@pytest.mark.parametrize(
    ("sums", "new", "expected"),
    [
        pytest.param([100, 100], [10, 15], ["iUPD", "iCPD"], id="the new one grows by 5 mm"),
        pytest.param([100, 100], [10, 14.9], ["iUPD", "iUPD"], id="and by less"),
        pytest.param([100, 60], [10, 10], ["iUPD", "iPR"], id="response after the new lesion"),
        pytest.param([60, 60], [10, 10], ["iUPD", "iUPD"], id="a response from before it"),
        pytest.param([100, 60, 60], [10, 10, 10], ["iUPD", "iPR", "iPR"], id="it stays closed"),
        pytest.param([100, 60, 60], [10, 10, 15], ["iUPD", "iPR", "iUPD"], id="it grows later"),
        pytest.param(
            [100, 60, 60, 60], [10, None, 10, 15], ["iUPD", "iPR", "iPR", "iUPD"], id="after a gap"
        ),
        pytest.param([100, 0], [10, 10], ["iUPD", "iPR"], id="no iCR while it is there"),
        pytest.param([100, 0], [10, "ABSENT"], ["iUPD", "iCR"], id="all gone"),
        pytest.param([100, 125], [10, 10], ["iUPD", "iCPD"], id="another category confirms"),
        pytest.param([100, 100], [10, None], ["iUPD", "iUPD"], id="unmeasured is not smaller"),
        pytest.param([100, 100], ["PRESENT", 12], ["iUPD", "iUPD"], id="nothing to compare with"),
        pytest.param(
            [100] * 3, ["PRESENT", 12, 17], ["iUPD", "iUPD", "iCPD"], id="from the first number on"
        ),
        pytest.param(
            [100] * 3, [10, 14, 16], ["iUPD", "iUPD", "iCPD"], id="rises of new ones add up, too"
        ),
    ],
)
def test_new_target_lesions(scans, sums, new, expected):
    scans.lesion("T1", sums, baseline=100.0)
    assert answers(new_lesion(scans, new)) == expected


@pytest.mark.parametrize(("last", "expected"), [(15.0, "iCPD"), (14.9, "iUPD")])
def test_five_new_targets_are_one_sum(scans, last, expected):
    """Five measured, a sixth is a new non-target."""
    scans.lesion("T1", [100, 100], baseline=100.0)
    for number in range(4):
        new_lesion(scans, [10, 10], name=f"X{number}")
    new_lesion(scans, [10, last], name="X5")
    new_lesion(scans, ["PRESENT", "PRESENT"], kind="NEW NON-TARGET", name="X6")
    assert answers(scans) == ["iUPD", expected]


def test_what_was_measured_of_the_new_ones_may_confirm(scans):
    scans.lesion("T1", [100, 100], baseline=100.0)
    new_lesion(scans, [10, None])
    new_lesion(scans, [10, 25], name="X2")
    assert answers(scans) == ["iUPD", "iCPD"]


def test_another_new_lesion_confirms(scans):
    scans.lesion("T1", [100, 100], baseline=100.0)
    new_lesion(scans, [10, 10])
    new_lesion(scans, [None, "PRESENT"], kind="NEW NON-TARGET", name="X2", first="V2")
    assert answers(scans) == ["iUPD", "iCPD"]


@pytest.mark.parametrize(("state", "expected"), [("INCREASED", "iCPD"), ("PRESENT", "iUPD")])
def test_any_growth_of_a_new_non_target_confirms(scans, state, expected):
    scans.lesion("T1", [100, 100], baseline=100.0)
    new_lesion(scans, ["PRESENT", state], kind="NEW NON-TARGET")
    assert answers(scans) == ["iUPD", expected]


def test_a_target_progression_is_confirmed_by_a_new_lesion(scans):
    scans.lesion("T1", [120, 120], baseline=100.0)
    new_lesion(scans, [None, 10], first="V2")
    assert answers(scans) == ["iUPD", "iCPD"]


def test_until_the_first_progression_both_criteria_agree(scans):
    scans.lesion("T1", [90, 65, 60], baseline=100.0).lesion(
        "N1", ["PRESENT", "ABSENT", "ABSENT"], kind="NON-TARGET"
    )
    both = timepoint_responses(*scans.frames())["overall"]
    assert answers(scans) == ["i" + name for name in both]
