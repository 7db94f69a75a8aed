"""Lines as a snapshot stores them, to what waterfall, spider and swimmer draw."""

from datetime import date

import pytest

from reports.queries.patient_figures import spider, swimmer, waterfall
from reports.queries.patient_rows import PatientRows

CUT = date(2026, 6, 30)
PERSON = {
    "start_date": "2026-01-01",
    "first_dose_on": "2026-01-01",
    "treatment_ended_on": "",
    "populations": "treated",
}


def rows(**parts):
    found = {"people": {}, "best": {}, "changes": {}, "times": {}, "responses": {}} | parts
    for number in found["people"]:
        found["best"].setdefault(number, {"bor": "PR", "cbor": "SD"})
    return PatientRows(**found)


def change(pct, *, visit="scan-1", why="", new=""):
    return {
        "best_change_pct": pct,
        "best_change_visit": visit,
        "why_none": why,
        "new_lesion_date": new,
    }


def scan(day, pct, *, rule="SD", visit="scan"):
    return {"assessed_on": day, "change_pct": pct, "rule": rule, "visit": visit}


def event(day, *, start="2026-01-01", is_event="1"):
    return {"start_date": start, "event_date": day, "event": is_event}


def seen(number):
    return f"/patients/{number}/"


def hidden(_number):
    return ""


def test_waterfall_falls_from_left_to_right():
    people = {"A": PERSON, "B": PERSON, "C": PERSON}
    changes = {"A": change("-40"), "B": change("12.5", new="2026-03-01"), "C": change("-100")}
    bars, missing = waterfall(rows(people=people, changes=changes), seen, confirmed=False)
    assert [(bar.number, bar.change_pct) for bar in bars] == [("B", 12.5), ("A", -40), ("C", -100)]
    assert [bar.has_new_lesion for bar in bars] == [True, False, False]
    assert missing == []


def test_whoever_has_no_sum_is_listed_and_not_drawn_as_zero():
    people = {"A": PERSON, "B": PERSON, "C": PERSON}
    changes = {"A": change("0"), "B": change("", why="NO_SUM")}
    bars, missing = waterfall(rows(people=people, changes=changes), seen, confirmed=False)
    assert [bar.number for bar in bars] == ["A"]
    assert [(part.why, part.patients) for part in missing] == [
        ("NO_ASSESSMENT", [("C", "/patients/C/")]),
        ("NO_SUM", [("B", "/patients/B/")]),
    ]


def test_patients_of_other_sites_are_drawn_without_a_number():
    people = {"A": PERSON, "B": PERSON}
    bars, missing = waterfall(
        rows(people=people, changes={"A": change("-40")}), hidden, confirmed=False
    )
    assert (bars[0].number, bars[0].href, bars[0].change_pct) == ("", "", -40)
    assert (missing[0].patients, missing[0].others) == ([], 1)


@pytest.mark.parametrize(("confirmed", "response"), [(False, "PR"), (True, "SD")])
def test_color_follows_the_response_that_the_trial_counts(confirmed, response):
    found = rows(people={"A": PERSON}, changes={"A": change("-31")})
    bars, _missing = waterfall(found, seen, confirmed=confirmed)
    assert bars[0].response == response


def test_spider_counts_weeks_and_marks_a_new_lesion_where_no_sum_was_made():
    responses = {
        "A": [scan("2026-02-12", "-20"), scan("2026-03-26", "", rule="PD-NEW-LESION")],
    }
    (thread,) = spider(rows(people={"A": PERSON}, responses=responses), seen, confirmed=False)
    assert [(point.weeks, point.change_pct) for point in thread.points] == [(6.0, -20)]
    assert (thread.new_lesion.weeks, thread.new_lesion.change_pct) == (12.0, -20)
    assert thread.last_on_treatment is None


@pytest.mark.parametrize(
    ("end", "weeks"),
    [
        pytest.param("2026-02-12", 6.0, id="on the day of the scan"),
        pytest.param("2026-02-11", None, id="the day before it"),
        pytest.param("2026-03-25", 6.0, id="before the next one"),
        pytest.param("2026-03-26", 12.0, id="on the next one"),
    ],
)
def test_last_point_on_treatment(end, weeks):
    person = PERSON | {"treatment_ended_on": end}
    responses = {"A": [scan("2026-02-12", "-20"), scan("2026-03-26", "-30")]}
    (thread,) = spider(rows(people={"A": person}, responses=responses), seen, confirmed=False)
    last = thread.last_on_treatment
    assert (last.weeks if last else None) == weeks


def lanes(people, times=None):
    found = rows(people=people, times=times or {})
    return swimmer(found, seen, confirmed=True, cut_on=CUT, days_per_month=30)


def test_longest_treatment_is_on_top_and_one_that_goes_on_ends_with_the_cut():
    people = {"A": PERSON | {"treatment_ended_on": "2026-03-02"}, "B": PERSON}
    first, second = lanes(people)
    assert (first.number, first.months, first.is_ongoing) == ("B", 6.0, True)
    assert (second.number, second.months, second.is_ongoing) == ("A", 2.0, False)


def test_death_ends_a_treatment_of_which_no_end_was_entered():
    (lane,) = lanes({"A": PERSON}, {"OS": {"A": event("2026-01-31")}})
    assert (lane.months, lane.is_ongoing, lane.death) == (1.0, False, 1.0)


def test_censored_times_are_no_marks():
    times = {
        "OS": {"A": event("2026-06-30", is_event="0")},
        "TTP": {"A": event("2026-03-02", is_event="0")},
        "CDOR": {"A": event("2026-03-02", start="2026-01-31", is_event="0")},
        "DOR": {"A": event("2026-05-01", start="2026-01-11")},
    }
    (lane,) = lanes({"A": PERSON}, times)
    assert (lane.death, lane.progression) == (None, None)
    assert (lane.response_from, lane.response_to, lane.is_response_ongoing) == (1.0, 2.0, True)


def test_whoever_was_never_treated_has_no_lane():
    assert lanes({"A": PERSON | {"first_dose_on": ""}}) == []
