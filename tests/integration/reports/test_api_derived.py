"""The tables of the night: the snapshot's own bytes, or the part that a person may have."""

import csv
import hashlib
import io
from datetime import date

import pytest

from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from outcomes.models import Snapshot
from reports.queries.tables import Kind, all_tables
from tests.factories import make_member
from tests.integration.outcomes.story import Story, load_trial
from tests.integration.reports.reading import rows_of, text_of

DERIVED = [table.name for table in all_tables() if table.kind is Kind.DERIVED]
TRIAL = "hcc-single-arm"


@pytest.fixture
def trial(db):
    return load_trial().trial


@pytest.fixture
def snapshot(trial):
    version = trial.versions.get()
    first = Story(version, "A01-001-21", site="01").scan(-7, 100).scan(42, 60).scan(84, 55)
    first.adverse_event("Fatigue", 2)
    Story(version, "A02-001-28", site="02").scan(-7, 50).scan(42, 52).death(69)
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 6, 30)).pk)
    return Snapshot.objects.current(trial)


def test_declared_tables_are_those_that_the_night_makes(snapshot):
    assert set(DERIVED) == set(snapshot.tables.values_list("name", flat=True))


@pytest.mark.parametrize("name", DERIVED)
def test_declared_columns_are_those_that_the_night_writes(snapshot, name):
    [declared] = [table.column_names for table in all_tables() if table.name == name]
    content = snapshot.tables.get(name=name).content
    assert next(csv.reader(io.StringIO(content))) == declared


@pytest.mark.parametrize("name", DERIVED)
def test_whole_table_is_the_stored_text_with_its_cut(api, table, snapshot, name):
    response = api.get(table(name, slug=TRIAL))
    stored = snapshot.tables.get(name=name)
    assert hashlib.sha256(text_of(response).encode()).hexdigest() == stored.sha256
    assert response["X-Row-Count"] == str(stored.rows)
    assert (response["X-Snapshot"], response["X-Cut"]) == (str(snapshot.pk), "2026-06-30")


def test_earlier_cut_gives_way_to_the_newest(api, table, trial, snapshot):
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 2, 20)).pk)
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 7, 1)).pk)
    assert api.get(table("responses", slug=TRIAL))["X-Cut"] == "2026-07-01"


def test_part_of_one_site_has_that_site_s_rows_only(as_user, trial, table, snapshot):
    script = as_user(make_member(trial, "statistician", site="02"), trial)
    response = script.get(table("time_to_event", slug=TRIAL))
    rows = rows_of(response)
    assert {row["patient"] for row in rows} == {"A02-001-28"}
    assert response["X-Row-Count"] == str(len(rows))
    assert script.get(table("endpoint_summary", slug=TRIAL)).status_code == 403


def test_filters_work_on_derived_rows(api, table, snapshot):
    whole = rows_of(api.get(table("responses", slug=TRIAL)))
    part = rows_of(api.get(table("responses", slug=TRIAL, query="?patient=A01-001-21")))
    assert part == [row for row in whole if row["site"] == "01"]
    assert part


def test_pages_have_numbers_and_the_same_rows(api, table, snapshot):
    page = api.get(table("time_to_event", slug=TRIAL, form="json")).json()
    whole = rows_of(api.get(table("time_to_event", slug=TRIAL)))
    assert page["count"] == len(whole)
    assert [row["endpoint"] for row in page["results"]] == [row["endpoint"] for row in whole]
    assert {type(row["event"]) for row in page["results"]} == {int}


def test_page_of_exports_names_the_cut(client, statistician, snapshot):
    client.force_login(statistician)
    text = client.get(f"/trials/{TRIAL}/exports/").content.decode()
    assert "2026-06-30" in text
    assert snapshot.rule_version in text


def test_before_the_first_night_there_is_no_cut(api, table, trial):
    response = api.get(table("responses", slug=TRIAL))
    assert "X-Cut" not in response
    assert response["X-Row-Count"] == "0"
