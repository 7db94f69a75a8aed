"""Asking and answering: what is stored, the trail, refusals, double presses, two people at once."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEntry
from core.refusals import Refused
from oversight.actions import assign_query, raise_query, respond
from oversight.calc.query_cycle import QueryEvent, QueryState
from oversight.models import Query, QueryMessage
from oversight.queries import (
    field_marks,
    open_queries_by_record,
    open_query_ids,
    threads_at,
    who_can_answer,
)
from tests.factories import make_member, make_user


@pytest.fixture
def query(place, monitor):
    return raise_query(place, by=monitor, question=" Is 7 kg right? ")


def act(query, event, by, text="", **values):
    """By somebody who sees the query as it is now."""
    revision = Query.objects.get(pk=query.pk).revision
    return respond(query, event, by=by, text=text, expected_revision=revision, **values)


def test_raised_query_is_open_and_says_who_asks_where(query, place, monitor):
    assert (query.state, query.question, query.raised_by) == ("open", "Is 7 kg right?", monitor)
    assert query.place == place
    assert not query.is_automatic


def test_query_goes_from_open_over_answered_and_reopened_to_closed(query, monitor, coordinator):
    states = [
        act(query, QueryEvent.ANSWER, coordinator, "Yes.").state,
        act(query, QueryEvent.REOPEN, monitor, "The source says 70.").state,
        act(query, QueryEvent.COMMENT, coordinator, "I look.").state,
        act(query, QueryEvent.ANSWER, coordinator, "Corrected.").state,
        act(query, QueryEvent.CLOSE, monitor).state,
    ]
    assert states == ["answered", "reopened", "reopened", "answered", "closed"]
    query.refresh_from_db()
    assert (query.closed_by, query.revision) == (monitor, 6)
    assert [(item.event, item.by, item.text) for item in query.messages.all()] == [
        ("answer", coordinator, "Yes."),
        ("reopen", monitor, "The source says 70."),
        ("comment", coordinator, "I look."),
        ("answer", coordinator, "Corrected."),
        ("close", monitor, ""),
    ]


def test_reopened_query_is_no_longer_closed_by_anybody(query, monitor):
    act(query, QueryEvent.CLOSE, monitor)
    reopened = act(query, QueryEvent.REOPEN, monitor, "Too early.")
    assert (reopened.state, reopened.closed_at, reopened.closed_by) == ("reopened", None, None)


def test_each_step_is_in_the_trail_with_person_and_state(query, monitor, coordinator):
    act(query, QueryEvent.ANSWER, coordinator, "Yes.")
    raised, answered = AuditEntry.objects.of_row(query)
    assert (raised.action, raised.actor_id) == ("insert", monitor.pk)
    assert answered.actor_id == coordinator.pk
    assert answered.changes["state"] == ["open", "answered"]
    message = query.messages.get()
    assert AuditEntry.objects.of_row(message).get().changes["text"] == [None, "Yes."]


@pytest.mark.parametrize("event", [QueryEvent.ANSWER, QueryEvent.COMMENT])
def test_empty_words_are_refused(query, coordinator, event):
    with pytest.raises(Refused, match="Write what"):
        act(query, event, coordinator, "  ")
    assert not QueryMessage.objects.exists()


def test_empty_question_is_refused(place, monitor):
    with pytest.raises(Refused, match="Write what"):
        raise_query(place, by=monitor, question=" \n")


@pytest.mark.parametrize(("length", "is_allowed"), [(2000, True), (2001, False)])
def test_question_is_at_most_2000_characters(place, monitor, length, is_allowed):
    if is_allowed:
        assert raise_query(place, by=monitor, question="x" * length).pk
    else:
        with pytest.raises(Refused, match="at most 2000"):
            raise_query(place, by=monitor, question="x" * length)


def test_step_that_the_state_does_not_allow_is_refused(query, monitor, coordinator):
    act(query, QueryEvent.CLOSE, monitor)
    with pytest.raises(Refused, match="closed"):
        act(query, QueryEvent.ANSWER, coordinator, "Late.")


def test_question_sent_twice_is_asked_once(place, monitor):
    name = uuid4()
    first, second = (
        raise_query(place, by=monitor, question="Why?", submission=name) for _press in range(2)
    )
    assert first == second


def test_question_of_one_page_sent_for_another_field_is_refused(place, monitor):
    name = uuid4()
    raise_query(place, by=monitor, question="Why?", submission=name)
    with pytest.raises(Refused, match="another field"):
        raise_query(replace(place, field="ecog"), by=monitor, question="Why?", submission=name)


def test_answer_sent_twice_is_written_once(query, coordinator):
    name = uuid4()
    for _press in range(2):
        respond(
            query,
            QueryEvent.ANSWER,
            by=coordinator,
            text="Yes.",
            expected_revision=1,
            submission=name,
        )
    assert query.messages.count() == 1


def test_answer_to_a_query_that_changed_meanwhile_is_refused(query, monitor, coordinator):
    act(query, QueryEvent.COMMENT, monitor, "I mean the second visit.")
    with pytest.raises(Refused, match="Somebody else wrote"):
        respond(query, QueryEvent.ANSWER, by=coordinator, text="Yes.", expected_revision=1)


def test_query_is_assigned_to_who_can_answer_at_the_site_and_nobody_else(
    query, trial, monitor, coordinator
):
    assert assign_query(query, by=monitor, to=coordinator).assignee == coordinator
    for stranger in (monitor, make_user(), make_member(trial, "coordinator", site="02")):
        with pytest.raises(Refused, match="Choose somebody"):
            assign_query(query, by=monitor, to=stranger)
    assert assign_query(query, by=monitor, to=None).assignee is None


def test_closed_query_is_not_assigned(query, monitor, coordinator):
    act(query, QueryEvent.CLOSE, monitor)
    with pytest.raises(Refused, match="closed query"):
        assign_query(query, by=monitor, to=coordinator)


def test_who_can_answer_are_the_people_of_the_site_and_of_all_sites(query, trial, coordinator):
    everywhere = make_member(trial, "investigator", username="ann")
    make_member(trial, "coordinator", site="02")
    make_member(trial, "monitor")
    found = who_can_answer(query.site)
    assert {coordinator, everywhere} <= set(found)
    assert all(item.username not in ("monty",) for item in found)
    assert found == sorted(found, key=str)


def test_open_queries_of_a_record_are_those_not_closed(query, place, monitor, coordinator):
    answered = raise_query(replace(place, field="ecog"), by=monitor, question="Sure?")
    act(answered, QueryEvent.ANSWER, coordinator, "Yes.")
    closed = raise_query(
        replace(place, row_number=None, field=""), by=monitor, question="All done?"
    )
    act(closed, QueryEvent.CLOSE, monitor)
    raise_query(replace(place, record_id=8), by=monitor, question="Other record?")
    assert open_query_ids("vital-signs", 7) == [query.pk, answered.pk]
    pairs = [("vital-signs", 7), ("vital-signs", 9), ("death", 8)]
    assert open_queries_by_record(pairs) == {("vital-signs", 7): [query.pk, answered.pk]}


def test_open_queries_of_no_record_are_none(db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert open_queries_by_record([]) == {}


def test_marks_say_for_each_field_whether_it_waits_for_the_site(query, place, monitor, coordinator):
    row = replace(place, row_number=2, field="day")
    answered = raise_query(row, by=monitor, question="Sure?")
    act(answered, QueryEvent.ANSWER, coordinator, "Yes.")
    closed = raise_query(
        replace(place, row_number=None, field=""), by=monitor, question="All done?"
    )
    act(closed, QueryEvent.CLOSE, monitor)
    marks = field_marks("vital-signs", 7)
    assert {key: (mark.state, mark.not_closed) for key, mark in marks.items()} == {
        (None, "weight_kg"): ("open", 1),
        (2, "day"): ("answered", 1),
        (None, ""): ("closed", 0),
    }


def test_thread_shows_open_ones_first_and_needs_no_query_for_each(
    place, monitor, coordinator, django_assert_num_queries
):
    old = raise_query(place, by=monitor, question="One?")
    act(old, QueryEvent.CLOSE, monitor)
    new = raise_query(place, by=monitor, question="Two?")
    act(new, QueryEvent.ANSWER, coordinator, "Two.")
    with django_assert_num_queries(2):
        found = threads_at(place)
        assert [str(item.by) for query in found for item in query.messages.all()]
    assert found == [new, old]


def columns(place, **values):
    now = timezone.now()
    known = {name: getattr(place, name) for name in type(place).__dataclass_fields__}
    return known | {"question": "?", "raised_at": now, "changed_at": now} | values


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("query_raised_by_somebody", {}),
        ("query_closed_has_time", {"check_code": "DQ-1", "state": "closed"}),
        ("query_closed_has_time", {"check_code": "DQ-1", "closed_at": timezone.now()}),
        ("query_asks_something", {"check_code": "DQ-1", "question": ""}),
    ],
)
def test_database_refuses_a_query_that_cannot_be(place, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Query.objects.create(**columns(place, **values))


def test_database_refuses_a_persons_query_that_nobody_closed(place, monitor):
    values = {"raised_by": monitor, "state": "closed", "closed_at": timezone.now()}
    with pytest.raises(IntegrityError, match="closed_by_person"), transaction.atomic():
        Query.objects.create(**columns(place, **values))


def test_database_refuses_words_without_words(query):
    with pytest.raises(IntegrityError, match="says_something"), transaction.atomic():
        QueryMessage.objects.create(query=query, event="answer", text="", at=timezone.now())


@pytest.mark.parametrize("row_number", [None, 3])
def test_database_refuses_a_second_open_query_of_a_check_about_a_field(place, row_number):
    values = columns(replace(place, row_number=row_number), check_code="DQ-001")
    Query.objects.create(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Query.objects.create(**values)
    Query.objects.update(state=QueryState.CLOSED, closed_at=timezone.now())
    assert Query.objects.create(**values).pk
    assert Query.objects.create(**values | {"check_code": "DQ-002"}).pk
