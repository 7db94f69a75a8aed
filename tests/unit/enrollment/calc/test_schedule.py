from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.course_changes import CourseChange
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


# --- Delay, hold, skip; courses of a drug beside the main ones


def change(action, course, *, treatment="capsules", row=1, **values):
    return CourseChange(ENROLLED, row, course, action, treatment, **values)


@pytest.mark.parametrize(("days", "moved"), [(1, 1), (14, 14)])
def test_planned_delay_moves_as_an_actual_one_does(single_arm, days, moved):
    before = planned(single_arm)
    after = planned(single_arm, changes=[change("delay", 2, delay_days=days)])

    following = {f"C{n}D{d}" for n in (2, 3, 4) for d in (1, 11)}
    closing = {"end", "follow-up-1", "follow-up-2", "follow-up-3"}
    shift = {k: (after[k].target_date - before[k].target_date).days for k in before}
    assert {k for k, days_moved in shift.items() if days_moved} == following | closing
    assert set(shift.values()) == {0, moved}


def test_skipped_course_keeps_the_dates_of_all_others(single_arm):
    after = planned(single_arm, changes=[change("skip", 2, reason="surgery")])

    assert targets(after) == targets(planned(single_arm))
    assert {key for key, visit in after.items() if visit.standing} == {"C2D1", "C2D11"}
    assert (after["C2D1"].standing, after["C2D1"].reason) == ("skip", "surgery")


def test_scans_count_from_the_first_course_that_is_given(single_arm):
    found = targets(planned(single_arm, changes=[change("skip", 1)]))

    assert (found["scan-1"] - found["C2D1"]).days == 42


def test_course_that_took_place_is_neither_held_nor_skipped(single_arm):
    took_place = {"C1D1": date(2025, 1, 4)}
    after = planned(single_arm, took_place, changes=[change("hold", 1)])

    assert after["C1D11"].standing == ""
    assert after["C2D1"].standing == "hold"


def test_targeted_drug_has_cycles_of_four_weeks_beside_those_of_three(akkermansia):
    with_drug = planned(akkermansia, regimen="pd1-fruquintinib")
    without = planned(akkermansia, regimen="pd1-capeox")

    found = targets(with_drug)
    assert (found["T2D1"] - found["T1D1"]).days == 28
    assert (found["C2D1"] - found["C1D1"]).days == 21
    assert not [key for key in without if key.startswith("T")]
    assert {key for key in with_drug if not key.startswith("T")} == set(without)


def test_each_component_is_anchored_on_its_own_actual_day_1(akkermansia):
    before = targets(planned(akkermansia, regimen="pd1-fruquintinib"))
    late = before["T1D1"] + timedelta(days=6)
    after = targets(planned(akkermansia, {"T1D1": late}, regimen="pd1-fruquintinib"))

    assert after["T2D1"] == late + timedelta(days=28)
    assert {key: after[key] for key in after if key[0] != "T"} == {
        key: before[key] for key in before if key[0] != "T"
    }


def test_stopped_drug_leaves_the_schedule_and_the_rest_stays(akkermansia):
    stop = change("stop", 3, treatment="fruquintinib")
    found = planned(akkermansia, regimen="pd1-fruquintinib", changes=[stop])

    assert [key for key in found if key.startswith("T")] == ["T1D1", "T2D1"]
    assert found["C18D1"].standing == ""


@pytest.mark.parametrize(
    ("treatment", "moved"), [("fruquintinib", "T"), ("anti-pd1", "C"), ("capsules", "")]
)
def test_decision_moves_the_courses_of_its_treatment_only(akkermansia, treatment, moved):
    delay = change("delay", 2, treatment=treatment, delay_days=7)
    before = targets(planned(akkermansia, regimen="pd1-fruquintinib"))
    after = targets(planned(akkermansia, regimen="pd1-fruquintinib", changes=[delay]))

    assert {key[0] for key in before if after[key] != before[key]} == set(moved)


@st.composite
def course_changes(draw):
    """Decisions about capsules in any order, a day apart."""
    actions = st.sampled_from(["delay", "hold", "resume", "skip"])
    drawn = draw(st.lists(st.tuples(actions, st.integers(1, 4), st.integers(1, 30)), max_size=5))
    return [
        CourseChange(
            ENROLLED + timedelta(days=day),
            day,
            course,
            action,
            "capsules",
            delay_days=days if action == "delay" else 0,
            resumes_on=ENROLLED + timedelta(days=day + days) if action == "resume" else None,
        )
        for day, (action, course, days) in enumerate(drawn)
    ]


@given(delays=actual_first_days(4), changes=course_changes())
def test_changed_plan_is_the_same_when_made_again_in_any_order(single_arm, delays, changes):
    actual = with_delays(single_arm, delays)
    once = planned(single_arm, actual, changes=changes)

    assert planned(single_arm, actual, changes=changes[::-1]) == once


@given(changes=course_changes())
def test_windows_of_a_changed_plan_never_overlap(single_arm, changes):
    visits = planned(single_arm, changes=changes).values()

    for track in single_arm.tracks:
        own = [visit for visit in visits if visit.track == track.id]
        for earlier, later in zip(own, own[1:], strict=False):
            assert earlier.window_closes < later.window_opens


@given(changes=course_changes(), course=st.integers(1, 4), days=st.integers(1, 60))
def test_one_more_delay_moves_nothing_before_its_course(single_arm, changes, course, days):
    delay = CourseChange(ENROLLED + timedelta(days=99), 99, course, "delay", "capsules", days)
    before = planned(single_arm, changes=changes)
    after = planned(single_arm, changes=[*changes, delay])

    for key, visit in before.items():
        if visit.cycle is not None and visit.cycle < course:
            assert after[key] == visit


def test_courses_of_a_drug_are_its_own_or_those_of_the_product(akkermansia):
    assert akkermansia.course_days_of("fruquintinib") == 28
    assert akkermansia.course_days_of("anti-pd1") == 21


def test_drugs_with_their_own_courses_are_given_there_and_outside_the_plan(akkermansia):
    def drugs(track):
        return [drug.id for drug in akkermansia.drugs_on(track, "pd1-fruquintinib")]

    assert drugs("cycles") == ["anti-pd1"]
    assert drugs("after-treatment") == ["anti-pd1"]
    assert drugs("tki-cycles") == ["fruquintinib"]
    assert drugs("unscheduled") == ["anti-pd1", "fruquintinib"]
