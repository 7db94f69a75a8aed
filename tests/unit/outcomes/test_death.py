"""The death against the other forms, and what it does to the schedule."""

from datetime import date

import pytest

from core.calc.partial_date import PartialDate
from enrollment.models import Visit
from outcomes.models import Death, SurvivalStatus
from tests.factories import make_serious_event, open_visit, save_form


def death(patient, **changes):
    values = {"died_on": PartialDate("2026-05-10"), "cause": "progression"}
    return Death(patient=patient, **values | changes)


@pytest.fixture
def visit(patient):
    return open_visit(patient, key="C1D1")


@pytest.mark.parametrize(
    ("died_on", "is_refused"),
    [
        pytest.param("2026-05-09", True, id="a day before"),
        pytest.param("2026-05-10", False, id="the day"),
        pytest.param("2026-04", True, id="the month before"),
        pytest.param("2026-05", False, id="the same month"),
    ],
)
def test_death_before_the_patient_was_seen_alive_is_refused(patient, visit, died_on, is_refused):
    save_form("survival-status", visit, status="alive", status_on=date(2026, 5, 10))

    found = death(patient, died_on=PartialDate(died_on)).problems()
    assert ("died_on" in found) is is_refused


@pytest.mark.parametrize(
    ("status", "status_on", "is_refused"),
    [
        pytest.param("alive", date(2026, 5, 11), True, id="alive the day after"),
        pytest.param("alive", date(2026, 5, 10), False, id="alive on the day"),
        pytest.param("dead", date(2026, 5, 9), True, id="dead the day before"),
        pytest.param("dead", date(2026, 5, 10), False, id="dead on the day"),
    ],
)
def test_survival_status_against_the_death(patient, visit, status, status_on, is_refused):
    save_form("death", patient, died_on=PartialDate("2026-05-10"), cause="progression")

    found = SurvivalStatus(
        patient=patient, visit=visit, status=status, status_on=status_on
    ).problems()
    assert ("status_on" in found) is is_refused


def test_death_by_an_adverse_event_needs_one_of_grade_5(patient):
    assert "cause" in death(patient, cause="adverse-event").problems()

    make_serious_event(patient, grade=5, outcome="fatal", is_ongoing="N")
    assert death(patient, cause="adverse-event").problems() == {}


def test_death_after_the_end_of_study_that_it_ended_is_refused(patient):
    save_form("end-of-study", patient, ended_on=date(2026, 5, 9), reason="death")

    assert "died_on" in death(patient).problems()
    assert death(patient, died_on=PartialDate("2026-05")).problems() == {}


def planned_after(patient, day):
    return Visit.objects.filter(patient=patient, outcome="planned", target_date__gt=day)


def test_death_stops_the_schedule(patient, visit):
    day = date(2026, 1, 20)
    assert planned_after(patient, day).exists()

    save_form("death", patient, died_on=PartialDate("2026-01-20"), cause="progression")

    assert not planned_after(patient, day).exists()


def test_draft_of_a_death_stops_nothing(patient, visit):
    before = planned_after(patient, date(2026, 1, 20)).count()
    save_form("death", patient, complete=False, died_on=PartialDate("2026-01-20"))

    assert planned_after(patient, date(2026, 1, 20)).count() == before


def test_month_of_a_death_stops_the_schedule_at_its_end(patient, visit):
    save_form("death", patient, died_on=PartialDate("2026-01"), cause="progression")

    assert not planned_after(patient, date(2026, 1, 31)).exists()


def test_later_end_of_study_does_not_open_the_schedule_again(patient, visit):
    save_form("death", patient, died_on=PartialDate("2026-01-20"), cause="progression")
    save_form("end-of-study", patient, ended_on=date(2026, 3, 1), reason="death")

    assert not planned_after(patient, date(2026, 1, 20)).exists()
