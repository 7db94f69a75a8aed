"""What is said about a field: the page and the pop-over, who may do what, refusals."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from dosing.models import DailyDose
from enrollment.actions import save_record
from enrollment.queries.spots import find_spot, place_of
from enrollment.registry import get
from oversight.actions import respond
from oversight.calc.query_cycle import QueryEvent
from oversight.models import FieldComment, Query
from tests.factories import make_enrolled_patient, make_member, make_query, open_visit, save_form
from tests.integration.enrollment.page import text_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def vital_signs(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, weight_kg=7, ecog=1)


@pytest.fixture
def monty(signed_in, trial):
    """A monitor at the screen."""
    return signed_in(make_member(trial, "monitor", username="monty"))


def talk(record, route="field-detail", field="weight_kg", row=None):
    page = reverse(f"enrollment:{route}", args=[record.patient_id, "vital-signs", record.pk])
    return f"{page}?field={field}" + (f"&row={row}" if row else "")


def asked(text="Is 7 kg right?", **values):
    return {"ask-text": text, "ask-submission": uuid4(), "ask-assignee": ""} | values


def said(query, text="", event="answer", revision=1):
    name = f"query-{query.pk}"
    return {f"{name}-text": text, f"{name}-revision": revision, "event": event}


def test_page_shows_value_thread_and_comments(carla, vital_signs, coordinator):
    make_query(vital_signs, field="weight_kg", question="Is 7 kg right?")
    response = carla.get(talk(vital_signs))
    words = text_of(response)
    assert "Is 7 kg right?" in words
    assert "7.0 kg" in words or "7 kg" in words
    assert "Send as answer" in words
    assert "Close the query" not in words
    assert "Raise a query" not in words


def test_pop_over_is_the_fragment_with_the_flag_of_the_page(monty, vital_signs):
    response = monty.get(talk(vital_signs), headers=HTMX)
    page = response.content.decode()
    assert "<html" not in page
    assert 'id="flag-weight_kg"' in page
    assert "hx-swap-oob" in page


def test_monitor_asks_and_comes_back_to_the_page(monty, vital_signs):
    response = monty.post(talk(vital_signs, "query-raise"), asked())
    assert response.status_code == 302
    assert response["Location"] == talk(vital_signs)
    query = Query.objects.get()
    assert (query.question, query.field, query.record_id) == (
        "Is 7 kg right?",
        "weight_kg",
        vital_signs.pk,
    )
    assert query.visit_id == vital_signs.visit_id
    assert query.site == vital_signs.patient.site


def test_question_in_the_pop_over_answers_with_the_thread_and_a_red_flag(monty, vital_signs):
    response = monty.post(talk(vital_signs, "query-raise"), asked(), headers=HTMX)
    assert response.status_code == 200
    assert 'data-flag="open"' in response.content.decode()
    assert "Is 7 kg right?" in text_of(response)


def test_question_pressed_twice_is_asked_once(monty, vital_signs):
    sent = asked()
    for _press in range(2):
        monty.post(talk(vital_signs, "query-raise"), sent)
    assert Query.objects.count() == 1


def test_empty_question_is_asked_for_its_words(monty, vital_signs):
    response = monty.post(talk(vital_signs, "query-raise"), asked(" "))
    assert response.status_code == 422
    assert "Write what you want to say." in text_of(response)
    assert not Query.objects.exists()


def test_question_is_assigned_to_a_person_of_the_site_only(monty, vital_signs, coordinator, trial):
    stranger = make_member(trial, "coordinator", site="02")
    refused = asked(**{"ask-assignee": stranger.pk})
    assert monty.post(talk(vital_signs, "query-raise"), refused).status_code == 422
    monty.post(talk(vital_signs, "query-raise"), asked(**{"ask-assignee": coordinator.pk}))
    assert Query.objects.get().assignee == coordinator


def test_coordinator_answers_but_may_not_close(carla, vital_signs, coordinator):
    query = make_query(vital_signs, field="weight_kg")
    where = reverse("enrollment:query-respond", args=[query.pk])
    assert carla.post(where, said(query, "No.", "close")).status_code == 403
    assert carla.post(where, said(query, "It is 70.")).status_code == 302
    query.refresh_from_db()
    assert (query.state, query.messages.get().by) == ("answered", coordinator)


def test_monitor_closes_but_may_not_answer(monty, vital_signs):
    query = make_query(vital_signs, field="weight_kg")
    where = reverse("enrollment:query-respond", args=[query.pk])
    assert monty.post(where, said(query, "Yes.", "answer")).status_code == 403
    assert monty.post(where, said(query, "", "close")).status_code == 302
    query.refresh_from_db()
    assert query.is_closed


def test_answer_without_words_is_refused_in_place(carla, vital_signs):
    query = make_query(vital_signs, field="weight_kg")
    where = reverse("enrollment:query-respond", args=[query.pk])
    response = carla.post(where, said(query, " "), headers=HTMX)
    assert response.status_code == 422
    assert "Write what you want to say." in text_of(response)


def test_unknown_step_is_refused(carla, vital_signs):
    query = make_query(vital_signs, field="weight_kg")
    where = reverse("enrollment:query-respond", args=[query.pk])
    response = carla.post(where, said(query, "x", "destroy"))
    assert response.status_code == 422
    assert "Press one of the buttons." in text_of(response)


def test_answer_to_a_thread_that_went_on_is_refused_with_the_new_words(
    carla, vital_signs, coordinator
):
    query = make_query(vital_signs, field="weight_kg")
    respond(query, QueryEvent.COMMENT, by=query.raised_by, text="I mean C1.", expected_revision=1)
    response = carla.post(
        reverse("enrollment:query-respond", args=[query.pk]), said(query, "It is 70.")
    )
    assert response.status_code == 422
    words = text_of(response)
    assert "Somebody else wrote in this query meanwhile." in words
    assert "I mean C1." in words


def test_monitor_assigns_a_query_later(monty, vital_signs, coordinator):
    query = make_query(vital_signs, field="weight_kg")
    where = reverse("enrollment:query-assign", args=[query.pk])
    monty.post(where, {f"assign-{query.pk}-assignee": coordinator.pk})
    query.refresh_from_db()
    assert query.assignee == coordinator
    assert monty.post(where, {f"assign-{query.pk}-assignee": "0"}).status_code == 422


def test_comment_is_stored_once_and_marks_the_field(carla, vital_signs, coordinator):
    sent = {"comment-text": "Scale was new.", "comment-submission": uuid4()}
    for _press in range(2):
        carla.post(talk(vital_signs, "comment-add"), sent)
    assert FieldComment.objects.get().by == coordinator
    page = carla.get(reverse("enrollment:visit-form", args=[vital_signs.visit_id, "vital-signs"]))
    assert 'data-flag="comment"' in page.content.decode()


def test_empty_comment_is_refused(carla, vital_signs):
    response = carla.post(talk(vital_signs, "comment-add"), {"comment-text": ""})
    assert response.status_code == 422


def test_entry_page_has_a_flag_for_each_field_and_for_the_form(carla, vital_signs):
    make_query(vital_signs, field="weight_kg")
    page = carla.get(reverse("enrollment:visit-form", args=[vital_signs.visit_id, "vital-signs"]))
    html = page.content.decode()
    assert html.count('class="flag"') == len(get("vital-signs").fields) + 1
    assert html.count('data-flag="open"') == 1
    assert "query open" in text_of(page)


def test_form_that_was_never_saved_has_no_flags(carla, visit):
    page = carla.get(reverse("enrollment:visit-form", args=[visit.pk, "laboratory"]))
    assert 'class="flag"' not in page.content.decode()


def test_row_of_a_form_has_flags_of_its_own(carla, monty, visit, coordinator):
    rows = [DailyDose(day=1, capsules_taken=6), DailyDose(day=2, capsules_taken=5)]
    course = save_form(
        "capsule-course", visit, by=coordinator, rows=rows, started_on=date(2026, 1, 8)
    )
    page = reverse("enrollment:query-raise", args=[visit.patient_id, "capsule-course", course.pk])
    monty.post(f"{page}?field=capsules_taken&row=2", asked("Only five?"))
    query = Query.objects.get()
    assert (query.row_number, query.field) == (2, "capsules_taken")
    spot = find_spot(get("capsule-course"), course, row_number=2, field="capsules_taken")
    assert (spot.label, spot.value) == ("Capsules taken", "5")
    entry = carla.get(reverse("enrollment:visit-form", args=[visit.pk, "capsule-course"]))
    html = entry.content.decode()
    assert 'id="flag-2-capsules_taken"' in html
    assert html.count('data-flag="open"') == 1


@pytest.mark.parametrize(
    "query",
    ["field=nothing", "row=1&field=weight_kg", "row=x&field=ecog", "row=99999999&field=ecog"],
)
def test_field_that_does_not_exist_is_not_found(carla, vital_signs, query):
    page = reverse(
        "enrollment:field-detail", args=[vital_signs.patient_id, "vital-signs", vital_signs.pk]
    )
    assert carla.get(f"{page}?{query}").status_code == 404


def test_record_of_another_patient_is_not_found_behind_this_one(
    carla, trial, vital_signs, coordinator
):
    other = make_enrolled_patient(trial, by=coordinator)
    page = reverse("enrollment:field-detail", args=[other.pk, "vital-signs", vital_signs.pk])
    assert carla.get(page).status_code == 404
    unknown = reverse("enrollment:field-detail", args=[other.pk, "nothing", vital_signs.pk])
    assert carla.get(unknown).status_code == 404


def test_query_of_another_site_is_not_found(signed_in, trial, vital_signs):
    query = make_query(vital_signs, field="weight_kg")
    elsewhere = signed_in(make_member(trial, "coordinator", site="02"))
    for route in ("query-respond", "query-assign"):
        where = reverse(f"enrollment:{route}", args=[query.pk])
        assert elsewhere.post(where, said(query, "Hm.")).status_code == 404
    assert elsewhere.get(talk(vital_signs)).status_code == 404


def test_entry_page_needs_as_many_queries_for_ten_questions_as_for_one(
    carla, trial, coordinator, vital_signs, django_assert_max_num_queries
):
    other = open_visit(make_enrolled_patient(trial, by=coordinator), key="C1D1", by=coordinator)
    plain = save_form("vital-signs", other, by=coordinator, weight_kg=70)
    make_query(plain, field="ecog")
    for _number in range(10):
        make_query(vital_signs, field="weight_kg")
    pages = [
        reverse("enrollment:visit-form", args=[record.visit_id, "vital-signs"])
        for record in (plain, vital_signs)
    ]
    carla.get(pages[0])
    with django_assert_max_num_queries(100) as few:
        carla.get(pages[0])
    with django_assert_max_num_queries(len(few)):
        carla.get(pages[1])


def test_place_of_a_record_names_site_patient_and_visit(vital_signs):
    place = place_of(get("vital-signs"), vital_signs, field="ecog")
    assert (place.site_id, place.visit_id) == (vital_signs.patient.site_id, vital_signs.visit_id)


def test_history_shows_who_changed_the_value_when_and_why(carla, vital_signs, coordinator):
    vital_signs.weight_kg = 70
    save_record(
        get("vital-signs"),
        vital_signs,
        by=coordinator,
        complete=True,
        expected_revision=vital_signs.revision,
        reason="source: the scale said 70",
    )
    for page in (talk(vital_signs), talk(vital_signs, field="")):
        words = text_of(carla.get(page))
        assert "source: the scale said 70" in words
        assert re.search(r"7(\.0)? → 70", words)
        assert "Carla" in words


def test_history_is_for_those_who_may_read_the_trail(signed_in, trial, vital_signs):
    dispenser = signed_in(make_member(trial, "dispenser", site="01"))
    assert "History" not in text_of(dispenser.get(talk(vital_signs)))
