"""Grades beside the values of the laboratory form, and the way from there to an adverse event."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from dosing.models import DailyDose
from enrollment.quality import Scope, get_check
from outcomes.actions.limits import add_limits
from outcomes.calc.normal_limits import NormalRange
from outcomes.models import AdverseEvent, Laboratory
from tests.factories import (
    LATER,
    make_enrolled_patient,
    make_member,
    make_trial,
    open_visit,
    save_form,
)

pytestmark = pytest.mark.django_db
ALT = "Alanine aminotransferase increased"


@pytest.fixture
def coordinator():
    return make_member(make_trial(day_one_gate=False), "coordinator")


@pytest.fixture
def visit(coordinator):
    """That of the first dose, at a site that has limits for ALT and sodium."""
    trial = coordinator.memberships.get().trial
    patient = make_enrolled_patient(trial, by=coordinator)
    first = open_visit(patient, key="C1D1", by=coordinator)
    save_form(
        "capsule-course",
        first,
        by=coordinator,
        started_on=first.actual_date,
        rows=[DailyDose(day=1, capsules_taken=6)],
    )
    ranges = [
        NormalRange("alt_u_l", date(2020, 1, 1), None, Decimal(40)),
        NormalRange("sodium_mmol_l", date(2020, 1, 1), Decimal(135), Decimal(145)),
    ]
    add_limits(patient.site, ranges, by=coordinator)
    return first


def sampled_on(visit):
    """After the first dose."""
    return visit.actual_date + timedelta(days=5)


def blood(visit, coordinator, **values):
    return save_form("laboratory", visit, by=coordinator, sampled_on=sampled_on(visit), **values)


@pytest.fixture
def client(coordinator):
    client = Client()
    client.force_login(coordinator)
    return client


def page(client, visit):
    return client.get(reverse("enrollment:visit-form", args=[visit.pk, "laboratory"]))


def note(response, field):
    text = response.content.decode()
    found = re.search(rf'id="id_{field}_notes"[^>]*>(.*?)</div>', text, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split())


def test_saved_value_has_its_grade_version_limits_and_a_way_to_the_event(
    client, visit, coordinator
):
    record = blood(visit, coordinator, alt_u_l=201, sodium_mmol_l=140, potassium_mmol_l="3.2")
    response = page(client, visit)
    assert note(response, "alt_u_l") == (
        f"Grade 3: {ALT} CTCAE 5.0 · normal up to 40 Enter as adverse event: {ALT}"
    )
    assert note(response, "sodium_mmol_l") == "Grade 0 CTCAE 5.0 · normal 135 to 145"
    assert "no limits of normal" in note(response, "potassium_mmol_l")
    link = f"laboratory={record.pk}&amp;test=alt_u_l&amp;direction=H"
    assert link in response.content.decode()


def test_range_names_what_makes_it_worse(client, visit, coordinator):
    blood(visit, coordinator, sodium_mmol_l=128)
    assert note(page(client, visit), "sodium_mmol_l").startswith(
        "Grade 2, or 3 with symptoms: Hyponatremia"
    )


def test_typed_value_is_graded_and_not_stored(client, visit, coordinator):
    record = blood(visit, coordinator, alt_u_l=41)
    address = reverse("enrollment:form-notes", args=[visit.pk, "laboratory"])
    typed = {"sampled_on": sampled_on(visit).isoformat(), "alt_u_l": "201"}
    found = note(client.post(address, typed), "alt_u_l")
    assert found.startswith("Grade 3")
    assert found.endswith("save, then enter it as an adverse event")
    assert note(client.post(address, typed | {"alt_u_l": "x"}), "alt_u_l") == ""
    record.refresh_from_db()
    assert record.alt_u_l == 41


def test_calcium_without_albumin_has_no_grade(client, visit, coordinator):
    blood(visit, coordinator, calcium_mmol_l="1.4")
    assert "albumin" in note(page(client, visit), "calcium_mmol_l")


def test_new_event_is_filled_from_the_value(client, visit, coordinator):
    record = blood(visit, coordinator, alt_u_l=201)
    address = reverse("enrollment:log-new", args=[visit.patient_id, "adverse-events"])
    query = {"laboratory": record.pk, "test": "alt_u_l", "direction": "H"}
    form = client.get(address, query).context["entry"].form
    assert form["term"].value() == ALT
    assert form["grade"].value() == 3
    assert str(form["started_on"].value()) == sampled_on(visit).isoformat()
    assert form["is_ongoing"].value() == "Y"
    assert not AdverseEvent.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "9" * 30, "0"])
def test_address_that_names_nothing_fills_nothing(client, visit, key):
    address = reverse("enrollment:log-new", args=[visit.patient_id, "adverse-events"])
    form = client.get(address, {"laboratory": key}).context["entry"].form
    assert form["term"].value() == ""


def test_value_of_another_patient_fills_nothing(client, visit, coordinator):
    record = blood(visit, coordinator, alt_u_l=201)
    other = make_enrolled_patient(visit.patient.trial, by=coordinator)
    address = reverse("enrollment:log-new", args=[other.pk, "adverse-events"])
    query = {"laboratory": record.pk, "test": "alt_u_l", "direction": "H"}
    assert client.get(address, query).context["entry"].form["term"].value() == ""


def test_terms_say_which_grades_they_have(client, visit):
    address = reverse("enrollment:log-new", args=[visit.patient_id, "adverse-events"])
    text = client.get(address).content.decode()
    assert re.search(r'value="Alopecia"\s+data-grades="1 2"', text)


def test_check_lists_the_abnormality_until_the_log_has_it(visit, coordinator):
    blood(visit, coordinator, alt_u_l=201)
    check = get_check("DQ-045")

    def found():
        findings = check.find(Scope(visit.patient.trial, LATER))
        return [(finding.place.field, finding.details["grade"]) for finding in findings]

    assert found() == [("alt_u_l", "3")]
    event = {"term": ALT, "is_serious": "N", "is_ongoing": "Y"}
    began = sampled_on(visit).isoformat()
    save_form("adverse-events", visit.patient, by=coordinator, grade=2, started_on=began, **event)
    assert found() == [("alt_u_l", "3")]
    save_form("adverse-events", visit.patient, by=coordinator, grade=3, started_on=began, **event)
    assert found() == []


def test_checking_more_patients_costs_no_more_queries(
    visit, coordinator, django_assert_num_queries
):
    trial = visit.patient.trial

    def run():
        return list(get_check("DQ-045").find(Scope(trial, LATER)))

    blood(visit, coordinator, alt_u_l=201)
    with django_assert_num_queries(7):
        run()
    other = make_enrolled_patient(visit.patient.trial, by=coordinator)
    blood(open_visit(other, key="C1D1", by=coordinator), coordinator, alt_u_l=201)
    assert Laboratory.objects.count() == 2
    with django_assert_num_queries(7):
        run()
