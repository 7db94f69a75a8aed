from datetime import date

import pytest

from dosing.calc.decisions import Decided, standing


def decided(*actions):
    """Pairs of action and course, a day apart."""
    return [
        Decided(date(2026, 1, day), day, course, action)
        for day, (action, course) in enumerate(actions, start=1)
    ]


@pytest.mark.parametrize(
    ("actions", "course", "state"),
    [
        pytest.param([], 1, "", id="nothing decided"),
        pytest.param([("hold", 2)], 1, "", id="before the hold"),
        pytest.param([("hold", 2)], 2, "hold", id="held"),
        pytest.param([("hold", 2)], 3, "hold", id="still held"),
        pytest.param([("hold", 2), ("resume", 3)], 2, "hold", id="held course stays held"),
        pytest.param([("hold", 2), ("resume", 3)], 3, "", id="resumed"),
        pytest.param([("hold", 2), ("resume", 2)], 2, "", id="resumed the same course"),
        pytest.param([("stop", 2)], 4, "stop", id="stopped"),
        pytest.param([("hold", 2), ("stop", 2)], 2, "stop", id="held, then stopped"),
        pytest.param([("delay", 2)], 2, "", id="delayed"),
        pytest.param([("hold", 2), ("delay", 3)], 3, "hold", id="a delay ends no hold"),
    ],
)
def test_what_stands_at_a_course(actions, course, state):
    assert standing(decided(*actions), course) == state
    assert standing(reversed(decided(*actions)), course) == state
