"""Stored visits follow the plan; the plan itself is tested in calc/test_schedule.py."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.models import AuditEntry
from enrollment.actions import mark_visit_missed, record_visit_date, reschedule
from enrollment.models import Visit
from tests.factories import LATER, save_form

DAY_ONE = date(2026, 1, 8)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def visit(patient):
    def get(key):
        return Visit.objects.get(patient=patient, key=key)

    return get


@pytest.fixture
def hold(visit, coordinator):
    def act(key, on):
        moved = record_visit_date(visit(key), by=coordinator, on=on, today=LATER, reason="because")
        return moved[0]

    return act


def targets(patient):
    return dict(Visit.objects.filter(patient=patient).values_list("key", "target_date"))


def end_treatment(patient, coordinator, *, on, reason="toxicity", complete=True):
    return save_form(
        "end-of-treatment",
        patient,
        by=coordinator,
        complete=complete,
        last_dose_on=on,
        ended_on=on,
        reason=reason,
    )


def test_late_day_one_moves_the_visits_counted_from_it(patient, hold):
    planned = targets(patient)
    hold("C1D1", DAY_ONE + 2 * ONE_DAY)
    assert targets(patient) == planned | {"scan": planned["scan"] + 2 * ONE_DAY}


def test_windows_move_with_their_visit(visit, hold):
    before = visit("scan")
    hold("C1D1", DAY_ONE + 2 * ONE_DAY)
    after = visit("scan")
    assert after.window_opens - before.window_opens == 2 * ONE_DAY
    assert after.window_closes - before.window_closes == 2 * ONE_DAY


def test_corrected_day_one_moves_them_again(patient, hold):
    planned = targets(patient)
    hold("C1D1", DAY_ONE + 2 * ONE_DAY)
    hold("C1D1", DAY_ONE)
    assert targets(patient) == planned


def test_visit_that_took_place_keeps_the_window_it_was_held_against(visit, hold):
    hold("C1D1", DAY_ONE)
    hold("scan", date(2026, 2, 20))
    held = visit("scan")
    hold("C1D1", DAY_ONE + 3 * ONE_DAY)
    after = visit("scan")
    assert (after.target_date, after.window_opens) == (held.target_date, held.window_opens)


def test_visit_that_was_missed_stays_where_it_was(visit, hold, coordinator):
    mark_visit_missed(visit("scan"), by=coordinator, reason="traveling")
    before = visit("scan").target_date
    hold("C1D1", DAY_ONE + 3 * ONE_DAY)
    assert visit("scan").target_date == before


def test_end_of_treatment_removes_later_visits_of_the_courses(patient, coordinator):
    end_treatment(patient, coordinator, on=DAY_ONE - ONE_DAY)
    assert set(targets(patient)) == {"screening", "scan"}


def test_end_of_treatment_keeps_the_visit_of_that_day(patient, coordinator):
    end_treatment(patient, coordinator, on=DAY_ONE)
    assert "C1D1" in targets(patient)


def test_progression_removes_later_scans(patient, hold, coordinator):
    hold("C1D1", DAY_ONE)
    end_treatment(patient, coordinator, on=DAY_ONE + ONE_DAY, reason="progression")
    assert set(targets(patient)) == {"screening", "C1D1"}


def test_draft_of_the_end_of_treatment_removes_nothing(patient, coordinator):
    before = targets(patient)
    end_treatment(patient, coordinator, on=DAY_ONE - ONE_DAY, complete=False)
    assert targets(patient) == before


def test_end_of_study_removes_every_later_visit_but_none_that_is_over(
    patient, visit, hold, coordinator
):
    mark_visit_missed(visit("scan"), by=coordinator, reason="traveling")
    hold("screening", date(2025, 12, 29))
    save_form(
        "end-of-study", patient, by=coordinator, ended_on=DAY_ONE - ONE_DAY, reason="completed"
    )
    assert set(targets(patient)) == {"screening", "scan"}


def test_visit_removed_by_mistake_comes_back_with_the_correction(patient, coordinator):
    before = targets(patient)
    record = end_treatment(patient, coordinator, on=DAY_ONE - ONE_DAY)
    type(record).objects.filter(pk=record.pk).update(ended_on=date(2026, 3, 1))
    reschedule(patient, by=coordinator)
    assert targets(patient) == before


def test_computing_the_schedule_twice_changes_and_records_nothing(patient, hold, coordinator):
    hold("C1D1", DAY_ONE + ONE_DAY)
    visits = list(Visit.objects.filter(patient=patient).values())
    entries = AuditEntry.objects.count()
    reschedule(patient, by=coordinator)
    assert list(Visit.objects.filter(patient=patient).values()) == visits
    assert AuditEntry.objects.count() == entries


def test_patient_who_is_not_enrolled_has_no_visits(screened, coordinator):
    reschedule(screened, by=coordinator)
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"window_opens": date(2026, 6, 1)}, id="window opens after the target"),
        pytest.param({"window_closes": date(2025, 6, 1)}, id="window closes before the target"),
        pytest.param({"outcome": "took-place"}, id="took place without a date"),
        pytest.param({"actual_date": DAY_ONE}, id="a date and did not take place"),
        pytest.param({"outcome": "missed"}, id="missed without a reason"),
        pytest.param({"key": "scan"}, id="the same visit twice"),
    ],
)
def test_database_holds_visits_together(visit, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit("C1D1").pk).update(**change)
