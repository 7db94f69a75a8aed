"""The list of queries, its file, and what it puts on the home page and the grid."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import AuditEntry
from oversight.actions import assign_query, respond
from oversight.calc.query_cycle import QueryEvent
from oversight.models import Query
from tests.factories import make_enrolled_patient, make_member, make_query, open_visit, save_form
from tests.integration.enrollment.page import text_of


@pytest.fixture
def vital_signs(visit, coordinator):
    return save_form("vital-signs", visit, by=coordinator, weight_kg=70, ecog=1)


@pytest.fixture
def monitor(trial):
    return make_member(trial, "monitor", username="monty")


@pytest.fixture
def queries(vital_signs, coordinator, monitor):
    """One of each state: open (of 2026-06-01), answered, reopened, closed."""
    texts = ["Is it open?", "Is it answered?", "Is it reopened?", "Is it closed?"]
    found = [make_query(vital_signs, field="ecog", by=monitor, question=text) for text in texts]
    act(found[1], QueryEvent.ANSWER, coordinator, "Yes, it is.")
    act(found[2], QueryEvent.CLOSE, monitor)
    act(found[2], QueryEvent.REOPEN, monitor, "No.")
    act(found[3], QueryEvent.CLOSE, monitor)
    Query.objects.filter(pk=found[0].pk).update(raised_at=datetime(2026, 6, 1, tzinfo=UTC))
    return found


def act(query, event, by, text=""):
    revision = Query.objects.get(pk=query.pk).revision
    return respond(query, event, by=by, text=text, expected_revision=revision)


def listed(client, trial, **asked):
    words = text_of(client.get(reverse("enrollment:query-list", args=[trial.slug]), asked))
    states = ("open", "answered", "reopened", "closed")
    return {state for state in states if f"Is it {state}?" in words}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, {"open", "answered", "reopened"}),
        ({"state": "closed"}, {"closed"}),
        ({"state": "answered"}, {"answered"}),
        ({"state": "all"}, {"open", "answered", "reopened", "closed"}),
        ({"form": "vital-signs", "site": "01"}, {"open", "answered", "reopened"}),
        ({"form": "laboratory"}, set()),
        ({"site": "02"}, {"open", "answered", "reopened"}),  # not offered: left out
        ({"origin": "check"}, set()),
        ({"origin": "person"}, {"open", "answered", "reopened"}),
        ({"older": "14"}, {"open"}),
        ({"older": "30"}, {"open"}),
        ({"older": "90"}, set()),
        ({"assignee": "nobody"}, {"open", "answered", "reopened"}),
        ({"assignee": "mine"}, set()),
        ({"state": "nonsense", "older": "x", "order": "?"}, {"open", "answered", "reopened"}),
    ],
)  # fmt: skip
def test_list_shows_what_is_asked_for(carla, trial, queries, asked, expected):
    assert listed(carla, trial, **asked) == expected


def test_list_shows_what_is_assigned_to_the_reader(carla, trial, queries, coordinator, monitor):
    assign_query(queries[0], by=monitor, to=coordinator)
    assert listed(carla, trial, assignee="mine") == {"open"}
    assert listed(carla, trial, assignee=str(coordinator.pk)) == {"open"}
    assert listed(carla, trial, assignee="nobody") == {"answered", "reopened"}


def test_oldest_query_comes_first_unless_asked_otherwise(carla, trial, queries):
    page = reverse("enrollment:query-list", args=[trial.slug])
    words = text_of(carla.get(page))
    assert words.index("Is it open?") < words.index("Is it answered?")
    words = text_of(carla.get(page, {"order": "newest"}))
    assert words.index("Is it open?") > words.index("Is it answered?")


def test_list_counts_all_states_and_shows_the_age(carla, trial, queries):
    words = text_of(carla.get(reverse("enrollment:query-list", args=[trial.slug])))
    assert "1 open 1 reopened 1 answered 1 closed" in words
    assert "30" in words


def test_list_says_when_nothing_waits_or_matches(carla, trial, patient):
    page = reverse("enrollment:query-list", args=[trial.slug])
    assert "No query waits" in text_of(carla.get(page))
    assert "No query matches" in text_of(carla.get(page, {"state": "closed"}))


def test_query_of_another_site_is_not_listed(signed_in, trial, queries):
    elsewhere = signed_in(make_member(trial, "coordinator", site="02"))
    assert listed(elsewhere, trial, state="all") == set()


def test_long_list_has_pages_that_keep_the_filter(carla, trial, vital_signs, monitor):
    for number in range(51):
        make_query(vital_signs, by=monitor, question=f"Question {number:02}?")
    page = reverse("enrollment:query-list", args=[trial.slug])
    first = carla.get(page, {"form": "vital-signs"})
    assert "Question 50?" not in text_of(first)
    assert "form=vital-signs&amp;page=2" in first.content.decode()
    assert "Question 50?" in text_of(carla.get(page, {"form": "vital-signs", "page": 2}))


def test_list_needs_as_many_queries_for_many_lines_as_for_one(
    carla, trial, vital_signs, monitor, coordinator
):
    page = reverse("enrollment:query-list", args=[trial.slug])
    make_query(vital_signs, by=monitor)
    few = counted(carla, page)
    for _number in range(3):
        visit = open_visit(make_enrolled_patient(trial), key="C1D1")
        make_query(save_form("vital-signs", visit), by=monitor)
    assert counted(carla, page) == few


def counted(client, page):
    client.get(page)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_file_has_a_line_for_each_query_found_and_is_in_the_trail(
    carla, trial, queries, coordinator
):
    response = carla.get(reverse("enrollment:query-csv", args=[trial.slug]), {"state": "all"})
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["state"] for row in rows] == ["open", "answered", "reopened", "closed"]
    assert rows[1]["last_message"] == "Yes, it is."
    assert rows[1]["last_message_by"] == str(coordinator)
    assert rows[0]["age_days"] == "30"
    assert {row["origin"] for row in rows} == {"person"}
    entry = AuditEntry.objects.get(event="export")
    assert (entry.actor_id, entry.changes) == (coordinator.pk, {"table": "queries", "rows": 4})


def test_question_is_no_formula_in_the_file(carla, trial, vital_signs, monitor):
    make_query(vital_signs, by=monitor, question="=HYPERLINK(1)")
    response = carla.get(reverse("enrollment:query-csv", args=[trial.slug]))
    [row] = csv.DictReader(io.StringIO(response.content.decode()))
    assert row["question"] == "'=HYPERLINK(1)"


def test_home_shows_the_coordinator_what_to_answer(carla, queries, coordinator, trial, monitor):
    words = text_of(carla.get(reverse("enrollment:home")))
    assert "Queries to answer 2" in words
    assert "to review" not in words
    assign_query(queries[0], by=monitor, to=make_member(trial, "coordinator", site="01"))
    assert "Queries to answer 1" in text_of(carla.get(reverse("enrollment:home")))


def test_home_shows_the_monitor_what_to_review(signed_in, monitor, queries):
    words = text_of(signed_in(monitor).get(reverse("enrollment:home")))
    assert "Answered queries to review 1" in words
    assert "Queries to answer" not in words


def test_grid_and_schedule_show_a_visit_with_an_open_query(carla, trial, visit, queries):
    for page in (
        reverse("enrollment:patient-list", args=[trial.slug]),
        reverse("enrollment:patient-detail", args=[visit.patient_id]),
    ):
        # The legend of the grid names every state once.
        assert 'data-state="queried"' in carla.get(page).content.decode()
    cells = carla.get(reverse("enrollment:patient-list", args=[trial.slug])).content.decode()
    assert f'data-state="queried" href="/visits/{visit.pk}/' in cells
    Query.objects.exclude(state="closed").update(
        state="closed", closed_at=queries[0].raised_at, closed_by=queries[0].raised_by
    )
    cells = carla.get(reverse("enrollment:patient-list", args=[trial.slug])).content.decode()
    assert f'data-state="queried" href="/visits/{visit.pk}/' not in cells
