from datetime import date, timedelta

import pytest

from outcomes.calc.doses import Course, Doses, Plan, doses_within

FIRST = date(2026, 1, 1)
DAILY = Plan(capsules_per_day=1, first_day=1, last_day=21, course_days=21, courses=0)
GATED = Plan(capsules_per_day=6, first_day=1, last_day=10, course_days=21, courses=4)


def on(day):
    """Day 1 is that of the first dose."""
    return FIRST + timedelta(days=day - 1)


def course(start, numbers, *, days=21, **values):
    taken = tuple((on(start + place), number) for place, number in enumerate(numbers))
    return Course(on(start + days - 1), taken, **values)


def within(*courses, plan=DAILY, window=28, is_over=False):
    return doses_within(courses, plan, first=FIRST, last=on(window), is_over=is_over)


@pytest.mark.parametrize(
    ("plan", "window", "planned"),
    [
        pytest.param(DAILY, 28, 28, id="every day, beyond one course"),
        pytest.param(GATED, 9, 54, id="within the days of capsules"),
        pytest.param(GATED, 10, 60, id="their last day"),
        pytest.param(GATED, 21, 60, id="the whole course"),
        pytest.param(GATED, 22, 66, id="first day of the second course"),
        pytest.param(GATED, 200, 240, id="no more than its courses"),
        pytest.param(Plan(2, 3, 5, 7, 0), 7, 6, id="first dose on day 3 of the course"),
    ],
)
def test_capsules_planned_in_a_window(plan, window, planned):
    assert plan.between(1, window) == planned


def test_capsules_of_the_window_alone_are_taken():
    second = course(22, [1] * 21)
    assert within(course(1, [1] * 21), second) == Doses(28, 28, 28, is_open=False)


def test_day_without_a_number_is_neither_taken_nor_missed():
    found = within(course(1, [1] * 20 + [None]), course(22, [1] * 21))
    assert found == Doses(28, 27, 28, is_open=False)
    draft = within(course(1, [1] * 20 + [None], is_open=True), course(22, [1] * 21))
    assert draft.is_open


def test_count_of_capsules_stands_for_a_diary_with_gaps():
    counted = course(1, [1] * 15 + [None] * 6, counted=19)
    assert within(counted, window=21) == Doses(21, 19, 19, is_open=False)


def test_count_of_a_course_beyond_the_window_does_not_say_which_days():
    counted = course(1, [1] * 15 + [None] * 6, counted=19)
    assert within(counted, window=18) == Doses(18, 15, 18, is_open=False)


@pytest.mark.parametrize(
    ("is_over", "most"),
    [pytest.param(False, 28, id="goes on"), pytest.param(True, 21, id="treatment ended")],
)
def test_days_after_the_last_course_may_still_be_entered(is_over, most):
    found = within(course(1, [1] * 21), is_over=is_over)
    assert found == Doses(28, 21, most, is_open=not is_over)


def test_later_course_shows_that_nothing_was_taken_before_it():
    late = course(30, [1] * 21)
    assert within(course(1, [1] * 21), late) == Doses(28, 21, 21, is_open=False)
