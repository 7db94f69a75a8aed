"""Whose reading counts where an adjudicator stands between two readers. Expected by hand."""

import pytest

from outcomes.calc.adjudication import Accepted, Settled, Standing, differ, settle

PR = {"recist_1_1": ("PR", ""), "mrecist": ("PR", "")}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(PR, False, id="the same"),
        pytest.param(PR | {"mrecist": ("SD", "")}, True, id="response by one set of criteria"),
        pytest.param(PR | {"recist_1_1": ("PR", "2026-05-07")}, True, id="fact of progression"),
        pytest.param({}, True, id="read by one only"),
    ],
)
def test_readings_differ(other, expected):
    assert differ(PR, other) is expected
    assert differ(other, PR) is expected


def test_date_of_progression_differs_by_a_day():
    one, other = ({"recist_1_1": ("PD", day)} for day in ("2026-05-07", "2026-05-08"))
    assert differ(one, other)
    assert not differ(one, one)


@pytest.mark.parametrize(
    ("differs", "by_both", "accepted", "expected"),
    [
        pytest.param(False, True, None, ("agreed", "central"), id="agree"),
        pytest.param(False, False, None, ("agreed", "central"), id="agree, a scan is unread"),
        pytest.param(
            False, True, Accepted("investigator", True), ("agreed", "central"), id="agree by now"
        ),
        pytest.param(True, True, None, ("open", None), id="nobody decided"),
        pytest.param(True, False, None, ("waiting", None), id="a scan is unread"),
        pytest.param(
            True, True, Accepted("investigator", True), ("decided", "investigator"), id="decided"
        ),
        pytest.param(True, True, Accepted("central", True), ("decided", "central"), id="central"),
        pytest.param(True, True, Accepted("central", False), ("changed", None), id="changed"),
        pytest.param(
            True, False, Accepted("central", False), ("waiting", None), id="changed and unread"
        ),
    ],
)
def test_settled(differs, by_both, accepted, expected):
    standing, reader = expected
    found = settle(differs=differs, is_read_by_both=by_both, accepted=accepted)
    assert found == Settled(Standing(standing), reader)
