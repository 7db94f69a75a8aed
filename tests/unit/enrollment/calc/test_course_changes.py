from datetime import date, timedelta

import pytest

from enrollment.calc.course_changes import CourseChange, planned_day_1, standing

DAY = date(2026, 1, 5)


def decided(*actions):
    """Pairs of action and course, a day apart."""
    return [
        CourseChange(date(2026, 1, day), day, course, action, reason=f"reason {day}")
        for day, (action, course) in enumerate(actions, start=1)
    ]


@pytest.mark.parametrize(
    ("actions", "course", "state"),
    [
        pytest.param([], 1, "", id="nothing decided"),
        pytest.param([("hold", 2)], 1, "", id="before the hold"),
        pytest.param([("hold", 2)], 2, "hold", id="held"),
        pytest.param([("hold", 2)], 3, "hold", id="still held"),
        pytest.param([("hold", 2), ("resume", 3)], 2, "skip", id="left out by the resume"),
        pytest.param([("hold", 2), ("resume", 3)], 1, "", id="before both"),
        pytest.param([("hold", 2), ("resume", 3)], 3, "", id="resumed"),
        pytest.param([("hold", 2), ("resume", 2)], 2, "", id="resumed the same course"),
        pytest.param([("hold", 2), ("resume", 2), ("hold", 4)], 3, "", id="before the next hold"),
        pytest.param([("hold", 2), ("resume", 2), ("hold", 4)], 4, "hold", id="held again"),
        pytest.param([("stop", 2)], 4, "stop", id="stopped"),
        pytest.param([("stop", 2)], 1, "", id="before the stop"),
        pytest.param([("stop", 2), ("resume", 3)], 2, "stop", id="what was stopped is not skipped"),
        pytest.param([("hold", 2), ("stop", 2)], 2, "stop", id="held, then stopped"),
        pytest.param([("delay", 2)], 2, "", id="delayed"),
        pytest.param([("hold", 2), ("delay", 3)], 3, "hold", id="a delay ends no hold"),
        pytest.param([("skip", 2)], 1, "", id="before the skipped one"),
        pytest.param([("skip", 2)], 2, "skip", id="skipped"),
        pytest.param([("skip", 2)], 3, "", id="after the skipped one"),
    ],
)
def test_what_stands_at_a_course(actions, course, state):
    assert standing(decided(*actions), course)[0] == state
    assert standing(reversed(decided(*actions)), course)[0] == state


def test_reason_is_that_of_the_decision_that_stands():
    changes = decided(("hold", 2), ("resume", 3), ("skip", 4))

    assert [standing(changes, course)[1] for course in (1, 2, 3, 4)] == [
        "",
        "reason 1",
        "",
        "reason 3",
    ]


def test_delays_of_one_course_add_up():
    changes = [
        CourseChange(DAY, 1, 2, "delay", delay_days=7),
        CourseChange(DAY, 2, 2, "delay", delay_days=3),
        CourseChange(DAY, 3, 3, "delay", delay_days=30),
    ]

    assert planned_day_1(DAY, changes, 2) == DAY + timedelta(days=10)
    assert planned_day_1(DAY, changes, 1) == DAY


@pytest.mark.parametrize(("days", "moved"), [(-1, 0), (0, 0), (1, 1), (20, 20)])
def test_resume_never_brings_a_course_forward(days, moved):
    resumed = CourseChange(DAY, 1, 2, "resume", resumes_on=DAY + timedelta(days=days))

    assert planned_day_1(DAY, [resumed], 2) == DAY + timedelta(days=moved)


def test_resume_without_a_day_moves_nothing():
    assert planned_day_1(DAY, [CourseChange(DAY, 1, 2, "resume")], 2) == DAY
