"""Compliance of all patients on one page."""

from django.urls import reverse

from dosing.models import DailyDose
from tests.factories import make_enrolled_patient, make_member, open_visit, save_form
from tests.integration.dosing.conftest import sign_in
from tests.integration.enrollment.page import text_of

ADDRESS = reverse("dosing:compliance-list", args=["small"])


def take(trial, *, site="01", days=10, by=None):
    """A course of ten days with six capsules a day, of which the first so many were taken."""
    patient = make_enrolled_patient(trial, site=site, by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    rows = [DailyDose(day=day, capsules_taken=6 * (day <= days)) for day in range(1, 11)]
    save_form(
        "capsule-course",
        visit,
        by=by,
        rows=rows,
        started_on=visit.actual_date,
        is_day_one_observed="Y",
        has_day_one_reaction="N",
        is_rest_released="Y",
    )
    return patient


def test_page_shows_taken_of_due_and_percent(trial):
    take(trial, days=9)
    make_enrolled_patient(trial)
    reader = sign_in(make_member(trial, "coordinator"))
    page = reader.get(ADDRESS)
    text = text_of(page)
    assert "90 % 54 / 60" in text
    [row] = page.context["table"].rows  # who has begun no course is not listed
    assert round(row.overall_pct) == 90


def test_page_of_one_site_and_of_a_member_of_one(trial):
    own, other = take(trial), take(trial, site="02")
    everywhere = sign_in(make_member(trial, "dispenser"))
    at_01 = sign_in(make_member(trial, "coordinator", site="01"))

    def listed(reader, query=""):
        return [row.patient for row in reader.get(ADDRESS + query).context["table"].rows]

    assert listed(everywhere) == [own, other]
    assert listed(everywhere, "?site=02") == [other]
    assert listed(everywhere, "?site=99") == [own, other]
    assert listed(at_01) == [own]
    assert listed(at_01, "?site=02") == [own]


def test_page_takes_as_many_queries_for_many_patients(trial, django_assert_max_num_queries):
    coordinator = make_member(trial, "coordinator")
    for _patient in range(3):
        take(trial, by=coordinator)
    reader = sign_in(coordinator)
    reader.get(ADDRESS)
    with django_assert_max_num_queries(14):
        assert len(reader.get(ADDRESS).context["table"].rows) == 3


def test_page_of_a_trial_without_courses_says_so(trial):
    reader = sign_in(make_member(trial, "coordinator"))
    assert "No patient has begun a course" in text_of(reader.get(ADDRESS))
