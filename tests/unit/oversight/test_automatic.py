"""Queries that checks raise: once, closed when corrected, raised again when wrong again."""

from dataclasses import replace

import pytest

from core.models import AuditEntry
from oversight.actions import Raised, close_corrected, raise_query, respond, sync_automatic
from oversight.calc.query_cycle import QueryEvent
from oversight.models import Query


@pytest.fixture
def heavy(place):
    return Raised(place, "DQ-003", "350 kg is impossible.", "digest of 350")


def test_finding_raises_one_query_however_often_it_is_found(trial, heavy, place):
    assert sync_automatic(trial, [heavy]) == (1, 0)
    assert sync_automatic(trial, [heavy]) == (0, 0)
    query = Query.objects.get()
    assert (query.state, query.check_code, query.place) == ("open", "DQ-003", place)
    assert (query.raised_by, query.question) == (None, "350 kg is impossible.")
    assert AuditEntry.objects.of_row(query).get().actor_name == "system"


def test_query_closes_itself_when_the_finding_is_gone_and_is_reopened_when_it_is_back(trial, heavy):
    sync_automatic(trial, [heavy])
    assert sync_automatic(trial, []) == (0, 1)
    query = Query.objects.get()
    assert (query.state, query.closed_by) == ("closed", None)
    assert sync_automatic(trial, [heavy]) == (1, 0)
    query.refresh_from_db()
    assert (query.state, query.closed_at) == ("reopened", None)
    assert [item.event for item in query.messages.all()] == ["close", "reopen"]


def test_answered_query_closes_itself_too(trial, heavy, coordinator):
    sync_automatic(trial, [heavy])
    answer(Query.objects.get(), QueryEvent.ANSWER, coordinator, "Corrected.")
    assert sync_automatic(trial, []) == (0, 1)


def test_answer_that_a_person_accepted_is_not_asked_again_while_the_values_stay(
    trial, heavy, monitor
):
    sync_automatic(trial, [heavy])
    answer(Query.objects.get(), QueryEvent.CLOSE, monitor)
    assert sync_automatic(trial, [heavy]) == (0, 0)
    changed = replace(heavy, question="400 kg is impossible.", evidence="digest of 400")
    assert sync_automatic(trial, [changed]) == (1, 0)
    query = Query.objects.get()
    assert (query.state, query.messages.last().text) == ("reopened", "400 kg is impossible.")
    assert sync_automatic(trial, [changed]) == (0, 0)


def test_query_of_a_person_stays_whatever_the_checks_find(trial, place, monitor, heavy):
    own = raise_query(place, by=monitor, question="Sure?")
    sync_automatic(trial, [heavy])
    sync_automatic(trial, [])
    own.refresh_from_db()
    assert own.state == "open"


def test_after_a_save_only_what_is_still_found_stays_open(trial, heavy, place):
    other = replace(heavy, place=replace(place, field="ecog"))
    elsewhere = replace(heavy, place=replace(place, patient_id=place.patient_id + 1, record_id=8))
    sync_automatic(trial, [heavy, other, elsewhere])
    assert close_corrected(place.patient_id, {("DQ-003", place)}) == 1
    closed = Query.objects.get(state="closed")
    assert (closed.field, closed.patient_id) == ("ecog", place.patient_id)


def test_two_checks_about_one_field_ask_two_questions(trial, heavy):
    assert sync_automatic(trial, [heavy, replace(heavy, code="DQ-009")]) == (2, 0)


def answer(query, event, by, text=""):
    return respond(query, event, by=by, text=text, expected_revision=query.revision)
