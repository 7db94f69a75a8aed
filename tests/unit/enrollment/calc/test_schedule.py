from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.schedule import plan

ENROLLED = date(2025, 1, 1)


def planned(definition, actual_dates=None, **ends):
    visits = plan(definition, enrolled_on=ENROLLED, actual_dates=actual_dates or {}, **ends)
    return {visit.key: visit for visit in visits}


def targets(visits):
    return {key: visit.target_date for key, visit in visits.items()}


def test_single_arm_schedule_has_the_visits_of_the_protocol(single_arm):
    courses = [f"C{course}D{day}" for course in (1, 2, 3, 4) for day in (1, 11)]
    scans = [f"scan-{number}" for number in range(1, 9)]
    follow_up = ["follow-up-1", "follow-up-2", "follow-up-3"]

    assert set(planned(single_arm)) == {"screening", "end", *courses, *scans, *follow_up}


def test_planned_dates_follow_from_enrollment(single_arm):
    found = targets(planned(single_arm))

    assert found["screening"] == date(2024, 12, 25)
    assert found["C1D1"] == date(2025, 1, 4)
    assert found["C1D11"] == date(2025, 1, 14)
    assert found["C2D1"] == date(2025, 1, 25)
    assert found["scan-1"] == date(2025, 2, 15)
    assert found["end"] == date(2025, 3, 29)
    assert found["follow-up-1"] == date(2025, 6, 21)


def test_visit_carries_window_label_and_forms(single_arm):
    visit = planned(single_arm)["C2D11"]

    assert (visit.visit_id, visit.track, visit.cycle, visit.day) == ("day-11", "courses", 2, 11)
    assert (visit.window_opens, visit.window_closes) == (date(2025, 2, 1), date(2025, 2, 7))
    assert visit.label.en == "Course 2, day 11"
    assert visit.label.zh_hans == "第 2 疗程第 11 天"
    assert visit.forms == ("vital-signs", "laboratory")
    assert planned(single_arm)["scan-2"].label.en == "CT at week 12"
    assert planned(single_arm)["scan-2"].cycle is None


def test_akkermansia_runs_three_rhythms_beside_each_other(akkermansia):
    found = targets(planned(akkermansia))
    first = found["C1D1"]

    assert (found["C2D1"] - first).days == 21
    assert (found["contact-1"] - first).days == 14
    assert (found["scan-1"] - first).days == 56


def test_delayed_course_moves_its_own_days_and_the_courses_after_it(single_arm):
    before = targets(planned(single_arm))
    delayed_on = before["C2D1"] + timedelta(days=10)

    after = targets(planned(single_arm, {"C2D1": delayed_on}))

    assert after["C2D1"] == before["C2D1"]
    assert after["C2D11"] == delayed_on + timedelta(days=10)
    assert after["C3D1"] == delayed_on + timedelta(days=21)
    assert after["scan-1"] == before["scan-1"]


def test_scans_count_from_the_actual_first_dose(single_arm):
    found = targets(planned(single_arm, {"C1D1": date(2025, 1, 20)}))

    assert found["scan-1"] == date(2025, 1, 20) + timedelta(days=42)


def test_treatment_stops_at_its_end_while_scans_go_on_until_progression(single_arm):
    found = planned(single_arm, treatment_ended_on=date(2025, 2, 15))

    assert "C3D1" in found  # planned on that very day
    assert "C3D11" not in found
    assert "scan-8" in found
    assert found["end"].target_date == date(2025, 2, 15)
    assert "scan-2" not in planned(single_arm, progressed_on=date(2025, 3, 28))
    assert "scan-2" in planned(single_arm, progressed_on=date(2025, 3, 29))


def test_nothing_is_planned_after_the_end_of_the_study(single_arm):
    ended_on = date(2025, 3, 1)

    found = planned(single_arm, treatment_ended_on=date(2025, 2, 1), study_ended_on=ended_on)

    assert max(targets(found).values()) <= ended_on


def test_visit_that_took_place_after_the_end_stays(single_arm):
    found = planned(single_arm, {"C3D1": date(2025, 2, 16)}, treatment_ended_on=date(2025, 2, 1))

    assert "C3D1" in found
    assert "C2D11" not in found


def test_open_ended_treatment_has_no_end_until_it_ended(akkermansia):
    assert "end" not in planned(akkermansia)

    found = planned(akkermansia, treatment_ended_on=date(2025, 5, 1))

    assert found["end"].target_date == date(2025, 5, 1)
    assert found["safety"].target_date == date(2025, 5, 31)


def test_date_of_an_unknown_visit_is_ignored(single_arm):
    assert planned(single_arm, {"unscheduled-1": date(2025, 2, 2)}) == planned(single_arm)


@st.composite
def actual_first_days(draw, courses):
    """Actual day 1 of some courses, none before its window opens, as delays in days."""
    delays = draw(st.lists(st.none() | st.integers(-3, 60), min_size=courses, max_size=courses))
    first = draw(st.integers(-3, 60))
    return [first, *delays[1:]]


def with_delays(definition, delays):
    actual = {}
    for number, delay in enumerate(delays, start=1):
        if delay is not None:
            target = planned(definition, actual)[f"C{number}D1"].target_date
            actual[f"C{number}D1"] = target + timedelta(days=delay)
    return actual


@given(actual_first_days(4))
def test_plan_is_the_same_when_made_again(single_arm, delays):
    actual = with_delays(single_arm, delays)
    once = planned(single_arm, actual)

    assert planned(single_arm, dict(reversed(actual.items()))) == once


@given(actual_first_days(4))
def test_visits_on_their_target_days_move_nothing(single_arm, delays):
    once = planned(single_arm, with_delays(single_arm, delays))
    kept = with_delays(single_arm, delays)

    on_time = {key: visit.target_date for key, visit in once.items()} | kept

    assert planned(single_arm, on_time) == once


@pytest.mark.parametrize("name", ["single_arm", "akkermansia"])
@given(data=st.data())
def test_windows_of_a_track_never_overlap(name, request, data):
    definition = request.getfixturevalue(name)
    delays = data.draw(actual_first_days(4))
    visits = planned(definition, with_delays(definition, delays)).values()

    for track in definition.tracks:
        own = [visit for visit in visits if visit.track == track.id]
        for earlier, later in zip(own, own[1:], strict=False):
            assert earlier.window_closes < later.window_opens


@given(actual_first_days(4))
def test_visits_are_in_order_of_their_dates(single_arm, delays):
    visits = list(planned(single_arm, with_delays(single_arm, delays)).values())

    assert [visit.target_date for visit in visits] == sorted(v.target_date for v in visits)
    assert [visit.order for visit in visits] == list(range(len(visits)))
    assert all(v.window_opens <= v.target_date <= v.window_closes for v in visits)


@given(
    delays=actual_first_days(4),
    course=st.integers(2, 4),
    more=st.integers(1, 60),
)
def test_delay_moves_only_what_follows_in_the_track(single_arm, delays, course, more):
    actual = with_delays(single_arm, delays[:course])
    before = planned(single_arm, actual)
    key = f"C{course}D1"
    began_on = actual.get(key, before[key].target_date)

    after = planned(single_arm, actual | {key: began_on + timedelta(days=more)})

    moved = {k for k in before if before[k].target_date != after[k].target_date}
    following = {f"C{course}D11"} | {f"C{n}D{d}" for n in range(course + 1, 5) for d in (1, 11)}
    closing = {"end", "follow-up-1", "follow-up-2", "follow-up-3"}
    assert moved == following | closing
    shift = timedelta(days=more)
    assert all(after[k].target_date - before[k].target_date == shift for k in moved)


@pytest.mark.parametrize(
    ("actual", "days"),
    [
        (date(2025, 1, 31), -1),
        (date(2025, 2, 1), 0),
        (date(2025, 2, 7), 0),
        (date(2025, 2, 8), 1),
    ],
)
def test_days_outside_the_window_are_signed(single_arm, actual, days):
    assert planned(single_arm)["C2D11"].days_outside_window(actual) == days
