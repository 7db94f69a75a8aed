"""What waits for a coordinator: the patient's windows are 2025-12-08 to 2026-01-05 (screening),
2026-01-05 to 2026-01-11 (day 1) and 2026-02-12 to 2026-02-26 (scan)."""

from datetime import date

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.queries.work import work_list
from tests.factories import make_enrolled_patient, make_member, open_visit, save_form

DURING_DAY_1 = date(2026, 1, 10)


def listed(user, today=DURING_DAY_1):
    return [(item.kind, item.visit.key, item.days) for item in work_list(user, today=today)]


def test_overdue_visits_come_before_due_ones_and_later_ones_not_at_all(patient, coordinator):
    assert listed(coordinator) == [("overdue", "screening", 5), ("due", "C1D1", 1)]


def test_visit_is_due_on_the_last_day_of_its_window_and_overdue_on_the_next(patient, coordinator):
    assert ("due", "C1D1", 0) in listed(coordinator, date(2026, 1, 11))
    assert ("overdue", "C1D1", 1) in listed(coordinator, date(2026, 1, 12))


def test_visit_that_took_place_waits_between_them_for_its_open_forms(patient, coordinator):
    open_visit(patient, key="C1D1", by=coordinator)
    save_form("vital-signs", visit_of(patient), by=coordinator, complete=False)
    overdue, draft = work_list(coordinator, today=DURING_DAY_1)
    assert (overdue.kind, draft.kind, draft.days) == ("overdue", "draft", 2)
    assert draft.open_forms == 3


def test_complete_form_of_a_visit_no_longer_counts_as_open(patient, coordinator):
    open_visit(patient, key="C1D1", by=coordinator)
    save_form("laboratory", visit_of(patient), by=coordinator)
    assert work_list(coordinator, today=DURING_DAY_1)[1].open_forms == 2


def test_visit_with_all_of_its_forms_complete_is_done(patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    for slug in visit.forms:
        save_form(slug, visit, by=coordinator)
    assert [key for _kind, key, _days in listed(coordinator)] == ["screening"]


def test_patient_of_another_site_waits_for_nobody_here(trial, patient, coordinator):
    make_enrolled_patient(trial, site="02")
    assert {item.visit.patient for item in work_list(coordinator, today=DURING_DAY_1)} == {patient}


def test_reader_without_entry_has_no_work(trial, patient):
    assert listed(make_member(trial, "monitor")) == []


def test_home_and_grid_need_as_many_queries_for_three_patients_as_for_one(
    trial, carla, patient, visit
):
    pages = [reverse("enrollment:home"), reverse("enrollment:patient-list", args=[trial.slug])]
    before = [queries_of(carla, page) for page in pages]
    for _number in range(2):
        open_visit(make_enrolled_patient(trial), key="C1D1")
    assert [queries_of(carla, page) for page in pages] == before


def visit_of(patient):
    return patient.visits.get(key="C1D1")


def queries_of(client, page):
    client.get(page)  # what is computed once for a process or a minute
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)
