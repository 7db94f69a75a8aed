"""Pages of the schedule: unscheduled visits, held courses, what moved and why."""

import pytest
from django.urls import reverse

from enrollment.models import Visit
from tests.factories import make_enrolled_patient, make_member, make_trial, save_form
from tests.integration.enrollment.page import text_of

DAY_1 = "2026-01-08"


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def cora(trial):
    return make_member(trial, "coordinator")


@pytest.fixture
def patient(trial, cora):
    return make_enrolled_patient(trial, by=cora)


@pytest.fixture
def page(client, cora):
    client.force_login(cora)
    return client


def decide(patient, by, action, **values):
    return save_form(
        "dose-decisions",
        patient,
        by=by,
        decided_on=DAY_1,
        treatment="capsules",
        course=1,
        action=action,
        reason="adverse-event",
        reason_text="diarrhea, grade 3",
        **values,
    )


def new_visit(patient):
    return reverse("enrollment:visit-new", args=[patient.pk])


def test_unscheduled_visit_opens_with_its_forms(page, patient):
    offered = text_of(page.get(new_visit(patient)))
    sent = {"actual_date": DAY_1, "reason": "fever", "forms": ["laboratory"]}

    answer = page.post(new_visit(patient), sent, follow=True)

    assert "Laboratory" in offered
    assert "Unscheduled visit 1" in text_of(answer)
    assert "fever" in text_of(answer)
    assert Visit.objects.get(patient=patient, key="U1").forms == ["laboratory"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"forms": []}, "Choose the forms that this visit fills."),
        ({"reason": ""}, "Say why the patient came."),
        ({"actual_date": "2031-01-01"}, "not in the future"),
        ({"actual_date": "31feb26"}, "31feb26"),
    ],
)
def test_wrong_unscheduled_visit_is_refused_and_stays_typed(page, patient, changes, said):
    sent = {"actual_date": DAY_1, "reason": "fever", "forms": ["laboratory"]} | changes

    answer = page.post(new_visit(patient), sent)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Visit.objects.filter(patient=patient, key="U1").exists()


def test_reader_cannot_add_a_visit(client, trial, patient):
    client.force_login(make_member(trial, "monitor"))

    assert client.get(new_visit(patient)).status_code == 403
    assert client.post(new_visit(patient), {}).status_code == 403


def test_visit_date_says_what_moved_with_it(page, patient):
    visit = Visit.objects.get(patient=patient, key="C1D1")
    late = {"actual_date": "2026-01-10", "reason": ""}

    answer = page.post(reverse("enrollment:visit-open", args=[visit.pk]), late, follow=True)

    assert "moved with it" in text_of(answer)
    patient_page = text_of(page.get(reverse("enrollment:patient-detail", args=[patient.pk])))
    assert "Why dates moved" in patient_page
    assert "took place on 2026-01-10" in patient_page


def test_held_course_is_shown_with_its_reason_and_asks_for_no_date(page, patient, cora):
    decide(patient, cora, "hold")
    visit = Visit.objects.get(patient=patient, key="C1D1")

    shown = page.get(reverse("enrollment:visit-detail", args=[visit.pk]))

    assert "Treatment is on hold" in text_of(shown)
    assert "adverse event: diarrhea, grade 3" in text_of(shown)
    assert "Save visit date" not in text_of(shown)
    grid = text_of(page.get(reverse("enrollment:patient-list", args=[patient.trial.slug])))
    assert "On hold" in grid


def test_held_course_is_no_longer_due(page, patient, cora):
    decide(patient, cora, "hold")

    due = Visit.objects.overdue(Visit.objects.latest("target_date").window_closes)

    assert not due.filter(key__startswith="C1").exists()
    assert due.filter(key="screening").exists()
