from datetime import date, timedelta

import pytest

from core.models import AuditEntry
from core.refusals import Refused
from enrollment.actions import add_unscheduled_visit, mark_visit_missed, record_visit_date
from enrollment.models import Visit
from tests.factories import ENROLLED_ON, LATER, save_form

OPENS, PLANNED, CLOSES = date(2026, 1, 5), date(2026, 1, 8), date(2026, 1, 11)
ONE_DAY = timedelta(days=1)


@pytest.fixture
def visit(patient):
    return Visit.objects.get(patient=patient, key="C1D1")


@pytest.fixture
def hold(visit, coordinator):
    def act(on, *, visit=visit, today=LATER, reason=""):
        return record_visit_date(visit, by=coordinator, on=on, today=today, reason=reason)[0]

    return act


def test_visit_date_opens_the_visit_and_is_the_person_s_in_the_trail(hold, visit, coordinator):
    hold(PLANNED)
    visit.refresh_from_db()
    assert (visit.outcome, visit.actual_date, visit.is_open) == ("took-place", PLANNED, True)
    entry = AuditEntry.objects.of_row(visit).last()
    assert (entry.actor_id, entry.changes["actual_date"]) == (coordinator.pk, [None, "2026-01-08"])


@pytest.mark.parametrize("day", [OPENS, CLOSES])
def test_first_and_last_day_of_the_window_need_no_reason(hold, day):
    assert hold(day).is_outside_window is False


def test_day_after_the_window_needs_a_reason_that_is_kept(hold, visit):
    day = CLOSES + ONE_DAY
    for reason in ("", "  "):
        with pytest.raises(Refused, match=r"outside the window \(2026-01-05 to 2026-01-11\)"):
            hold(day, reason=reason)
    visit.refresh_from_db()
    assert not visit.is_open
    hold(day, reason=" snow ")
    visit.refresh_from_db()
    assert (visit.is_outside_window, visit.deviation_reason) == (True, "snow")
    assert AuditEntry.objects.of_row(visit).last().reason.strip() == "snow"


def test_day_before_the_window_needs_a_reason(hold, patient):
    scan = Visit.objects.get(patient=patient, key="scan")
    day = scan.window_opens - ONE_DAY
    with pytest.raises(Refused, match="outside the window"):
        hold(day, visit=scan)
    assert hold(day, visit=scan, reason="pain").actual_date == day


def test_visit_date_in_the_future_is_refused_and_today_is_not(hold):
    with pytest.raises(Refused, match="not in the future"):
        hold(PLANNED, today=PLANNED - ONE_DAY)
    hold(PLANNED, today=PLANNED)


def test_visit_planned_after_the_enrollment_cannot_take_place_before_it(hold):
    with pytest.raises(Refused, match="on or after the enrollment on 2026-01-05"):
        hold(ENROLLED_ON - ONE_DAY, reason="early")
    hold(ENROLLED_ON)


def test_screening_visit_may_take_place_before_the_enrollment(hold, patient):
    screening = Visit.objects.get(patient=patient, key="screening")
    day = ENROLLED_ON - 2 * ONE_DAY
    assert hold(day, visit=screening).actual_date == day


def test_visit_held_in_the_window_after_all_forgets_the_reason(hold, visit):
    hold(CLOSES + ONE_DAY, reason="snow")
    hold(CLOSES, reason="mistyped")
    visit.refresh_from_db()
    assert visit.deviation_reason == ""
    assert AuditEntry.objects.of_row(visit).last().reason == "mistyped"


def test_date_of_a_held_visit_changes_only_with_a_reason(hold, visit):
    hold(PLANNED)
    with pytest.raises(Refused, match="Enter a reason for changing"):
        hold(CLOSES)
    assert hold(PLANNED).actual_date == PLANNED


def test_date_is_stored_even_when_the_page_read_an_older_schedule(hold, patient):
    """Two pages are open; the one of the scan was read before day 1 moved it."""
    scan = Visit.objects.get(patient=patient, key="scan")
    hold(PLANNED + 2 * ONE_DAY)
    moved = Visit.objects.get(pk=scan.pk)
    hold(date(2026, 2, 20), visit=scan)
    stored = Visit.objects.get(pk=scan.pk)
    assert stored.target_date == moved.target_date == scan.target_date + 2 * ONE_DAY


def test_missed_visit_keeps_the_reason(visit, coordinator):
    mark_visit_missed(visit, by=coordinator, reason=" traveling ")
    visit.refresh_from_db()
    assert (visit.outcome, visit.deviation_reason) == ("missed", "traveling")
    assert AuditEntry.objects.of_row(visit).last().actor_id == coordinator.pk


@pytest.mark.parametrize("reason", ["", "   "])
def test_missed_without_a_reason_is_refused(visit, coordinator, reason):
    with pytest.raises(Refused, match="why the visit was missed"):
        mark_visit_missed(visit, by=coordinator, reason=reason)
    visit.refresh_from_db()
    assert visit.outcome == "planned"


def test_visit_that_took_place_cannot_be_missed(visit, hold, coordinator):
    read_before = Visit.objects.get(pk=visit.pk)
    hold(PLANNED)
    for known in (visit, read_before):
        with pytest.raises(Refused, match="took place"):
            mark_visit_missed(known, by=coordinator, reason="traveling")
    visit.refresh_from_db()
    assert visit.is_open


def test_missed_visit_that_took_place_after_all_is_opened(visit, hold, coordinator):
    mark_visit_missed(visit, by=coordinator, reason="traveling")
    hold(PLANNED)
    visit.refresh_from_db()
    assert (visit.is_open, visit.deviation_reason) == (True, "")


def test_visit_that_left_the_schedule_meanwhile_is_refused(visit, hold, coordinator, patient):
    save_form("end-of-study", patient, by=coordinator, ended_on=ENROLLED_ON, reason="completed")
    with pytest.raises(Refused, match="no longer on the schedule"):
        hold(PLANNED)
    with pytest.raises(Refused, match="no longer on the schedule"):
        mark_visit_missed(visit, by=coordinator, reason="traveling")


# --- Visits that the protocol does not plan


@pytest.fixture
def unscheduled(patient, coordinator):
    def add(**changes):
        values = {
            "on": PLANNED,
            "today": LATER,
            "reason": "fever",
            "forms": ["laboratory", "vital-signs"],
        }
        return add_unscheduled_visit(patient, by=coordinator, **(values | changes))

    return add


def test_unscheduled_visit_is_open_and_moves_nothing(unscheduled, patient):
    before = dict(Visit.objects.filter(patient=patient).values_list("key", "target_date"))

    visit = unscheduled()

    assert (visit.key, visit.is_open, visit.is_outside_window) == ("U1", True, False)
    assert visit.forms == ["vital-signs", "laboratory"]
    after = dict(Visit.objects.filter(patient=patient).values_list("key", "target_date"))
    assert after == before | {"U1": PLANNED}


def test_unscheduled_visit_stays_when_the_schedule_is_laid_out_again(unscheduled, hold, patient):
    unscheduled()

    hold(PLANNED)

    assert Visit.objects.filter(patient=patient, key="U1").exists()


def test_unscheduled_visit_sent_twice_is_stored_once(unscheduled):
    assert unscheduled().pk == unscheduled().pk
    assert unscheduled(reason="pain").key == "U2"


def test_date_of_an_unscheduled_visit_can_be_corrected_with_a_reason(unscheduled, hold):
    visit = unscheduled()

    with pytest.raises(Refused, match="reason for changing"):
        hold(PLANNED + ONE_DAY, visit=visit)
    hold(PLANNED + ONE_DAY, visit=visit, reason="typing error")

    visit.refresh_from_db()
    assert (visit.target_date, visit.is_outside_window) == (PLANNED + ONE_DAY, False)
    assert visit.deviation_reason == "fever"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"on": LATER + ONE_DAY}, "not in the future", id="tomorrow"),
        pytest.param({"on": ENROLLED_ON - ONE_DAY}, "on or after the enrollment", id="too early"),
        pytest.param({"reason": " "}, "why the patient came", id="no reason"),
        pytest.param({"forms": []}, "Choose the forms", id="no form"),
        pytest.param({"forms": ["adverse-events"]}, "Choose the forms", id="not a visit's form"),
    ],
)
def test_unscheduled_visit_that_cannot_be_is_refused(unscheduled, patient, changes, message):
    with pytest.raises(Refused, match=message):
        unscheduled(**changes)
    assert not Visit.objects.filter(patient=patient, track="unscheduled").exists()


def test_unscheduled_visit_may_be_on_the_day_of_enrollment_and_today(unscheduled):
    assert unscheduled(on=ENROLLED_ON)
    assert unscheduled(on=LATER)
