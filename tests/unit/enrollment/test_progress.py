"""How far a visit is: its window, then its forms."""

from datetime import date

import pytest

from enrollment.models import Visit
from enrollment.queries.progress import Progress, visit_progress

LATE = date(2025, 3, 1)


def visit(outcome="planned"):
    return Visit(
        outcome=outcome,
        window_opens=date(2025, 2, 1),
        window_closes=date(2025, 2, 7),
        forms=["vital-signs", "laboratory"],
    )


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        pytest.param(date(2025, 1, 31), Progress.NOT_DUE, id="day before the window"),
        pytest.param(date(2025, 2, 1), Progress.DUE, id="window opens"),
        pytest.param(date(2025, 2, 7), Progress.DUE, id="window closes"),
        pytest.param(date(2025, 2, 8), Progress.OVERDUE, id="day after the window"),
    ],
)
def test_planned_visit_follows_its_window(today, expected):
    assert visit_progress(visit(), {}, today=today) == expected


def test_missed_visit_stays_missed():
    assert visit_progress(visit("missed"), {}, today=LATE) == Progress.MISSED


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param({}, Progress.DRAFT, id="nothing begun"),
        pytest.param({"vital-signs": "signed"}, Progress.DRAFT, id="one form not begun"),
        pytest.param(
            {"vital-signs": "signed", "laboratory": "complete"}, Progress.COMPLETE, id="least far"
        ),
        pytest.param(
            {"vital-signs": "locked", "laboratory": "locked"}, Progress.LOCKED, id="all locked"
        ),
    ],
)
def test_held_visit_is_as_far_as_the_least_far_of_its_forms(states, expected):
    assert visit_progress(visit("took-place"), states, today=LATE) == expected
