"""A visit's event: readable where that is safe, and never another visit's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.api.redcap.events import BASELINE, event_name

PARTS = st.sampled_from(
    ["c", "C", "t", "T", "U", "u", "1", "d", "D", "-", "_", "day", "course", "baseline", "visit"]
)
KEYS = st.lists(PARTS, min_size=1, max_size=6).map("".join) | st.text(min_size=1)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("", BASELINE),
        ("C2D1", "course_2_day_1_arm_1"),
        ("T2D1", "t2d1_arm_1"),
        ("U1", "u1_arm_1"),
        ("scan-3", "scan_3_arm_1"),
        ("extra-1", "extra_1_arm_1"),
        ("baseline", "visit_baseline_arm_1"),
        ("course-2-day-1", "visit_course_2_day_1_arm_1"),
    ],
)
def test_names_of_events(key, name):
    assert event_name(key) == name


@given(KEYS, KEYS)
def test_two_visits_never_share_a_name(one, other):
    assert (event_name(one) == event_name(other)) == (one == other)
