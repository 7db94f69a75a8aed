"""The numbers of the dashboard and the patients behind them."""

import csv
from datetime import date

import pytest
from django.test import Client

from enrollment.models import EndOfTreatment, Visit
from outcomes.actions.nightly import queue_run
from outcomes.actions.snapshot import complete_run
from reports.queries import patient_rows
from tests.factories import make_member
from tests.integration.outcomes.story import Story, load_trial

DASHBOARD = "/trials/hcc-single-arm/dashboard/"


@pytest.fixture
def trial(db):
    """Two patients at site 01 and one at site 02; see `test_snapshot.three_patients`."""
    version = load_trial()
    first = Story(version, "A01-001").scan(-7, 100).scan(42, 60).scan(84, 55).scan(126, 80)
    first.record(EndOfTreatment, ended_on=first.on(90), reason="progression")
    Story(version, "A01-002").scan(-7, 50).scan(42, 52).death(69)
    Story(version, "A02-001", site="02").scan(-7, 40)
    complete_run(queue_run(version.trial, by=None, cut_on=date(2026, 6, 30)).pk)
    return version.trial


def client_of(trial, role, **where):
    client = Client()
    client.force_login(make_member(trial, role, username=role, **where))
    return client


@pytest.fixture
def investigator(trial):
    return client_of(trial, "investigator")


def listing(client, query):
    return client.get(f"{DASHBOARD}patients/?{query}").context["listing"]


def numbers(client, query):
    return [entry.number for entry in listing(client, query).entries]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("what=screened", ["A01-001", "A01-002", "A02-001"]),
        ("what=on-treatment", ["A01-002", "A02-001"]),
        ("what=off-treatment&reason=progression", ["A01-001"]),
        ("what=off-treatment&reason=death", []),
        ("what=died", ["A01-002"]),
        ("what=not-eligible", []),
        ("what=orr", ["A01-001"]),
        ("what=dcr", ["A01-001", "A01-002"]),
        ("what=best&response=MISSING", ["A02-001"]),
        ("what=pfs&status=event", ["A01-002", "A01-001"]),
        ("what=os&status=event", ["A01-002"]),
        ("what=dor", ["A01-001"]),
        ("what=population&population=evaluable", ["A01-001", "A01-002"]),
    ],
)
def test_patients_behind_a_number(investigator, query, expected):
    assert numbers(investigator, query) == expected


def test_source_of_a_progression_is_the_scan(investigator):
    progressed = listing(investigator, "what=pfs&status=event").entries[-1]
    scan = Visit.objects.get(patient__number="A01-001", actual_date=date(2026, 5, 7))
    assert progressed.cells[-1].href == f"/visits/{scan.pk}/forms/tumor-assessment/"


def test_person_of_one_site_reads_pooled_figures_and_lists_of_that_site(trial):
    client = client_of(trial, "coordinator", site="02")
    page = client.get(f"{DASHBOARD}efficacy/")
    assert b"A01-00" not in page.content
    assert page.context["waterfall"].summary.startswith("2 of 3 patients")
    found = client.get(f"{DASHBOARD}patients/?what=enrolled")
    assert [entry.number for entry in found.context["listing"].entries] == ["A02-001"]
    assert "1 of 3 are at your site." in found.content.decode()
    rows = client.get(f"{DASHBOARD}figures/waterfall.csv").content.decode()
    assert "A01-00" not in rows
    assert "A02-001" in rows


def test_statistician_reads_numbers_without_links(trial):
    client = client_of(trial, "statistician")
    entry = listing(client, "what=orr").entries[0]
    assert (entry.number, entry.href) == ("A01-001", "")


@pytest.mark.parametrize("query", ["", "what=", "what=everything", "what=screened%00"])
def test_unknown_number_has_no_patients(investigator, query):
    assert investigator.get(f"{DASHBOARD}patients/?{query}").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["waterfall", "spider", "swimmer", "forest", "consort", "references", "accrual",
     "pfs-recist_1_1", "os", "dor-recist_1_1", "ttp-recist_1_1"],
)  # fmt: skip
def test_every_figure_has_its_rows(investigator, name):
    response = investigator.get(f"{DASHBOARD}figures/{name}.csv")
    rows = list(csv.reader(response.content.decode().splitlines()))
    assert [row[0] for row in rows[:6]] == [
        "# trial", "# data cut", "# snapshot", "# rules", "# population", "# criteria",
    ]  # fmt: skip
    assert len(rows) > 7


def test_choice_is_kept_in_every_address(investigator):
    asked = "?population=enrolled&criteria=mrecist"
    page = investigator.get(f"{DASHBOARD}efficacy/{asked}")
    dashboard = page.context["dashboard"]
    assert (dashboard.population["id"], dashboard.criteria) == ("enrolled", "mrecist")
    assert all(tab.href.endswith(dashboard.query) for tab in page.context["tabs"])
    assert "criteria=mrecist" in page.context["waterfall"].behind
    assert f"waterfall.csv{dashboard.query}".replace("&", "&amp;") in page.content.decode()


def test_earlier_cut_is_shown_when_asked_for(trial, investigator):
    complete_run(queue_run(trial, by=None, cut_on=date(2026, 7, 31)).pk)
    newest = investigator.get(DASHBOARD).context["dashboard"]
    assert (newest.snapshot.cut_on, newest.query) == (date(2026, 7, 31), "")
    earlier = trial.snapshots.get(cut_on=date(2026, 6, 30))
    asked = investigator.get(f"{DASHBOARD}?cut={earlier.pk}").context["dashboard"]
    assert (asked.snapshot, asked.query) == (earlier, f"?cut={earlier.pk}")


@pytest.mark.parametrize("query", ["cut=x", "cut=999999", "population=x", "criteria=x"])
def test_choice_that_does_not_exist_is_left_out(investigator, query):
    assert investigator.get(f"{DASHBOARD}?{query}").context["dashboard"].query == ""


def test_cut_without_the_tables_of_patients_says_so(investigator, monkeypatch):
    monkeypatch.setattr(patient_rows, "stored_lines", lambda dashboard, *names: {})
    assert "before the figures of single patients" in (
        investigator.get(f"{DASHBOARD}efficacy/").content.decode()
    )
    assert investigator.get(f"{DASHBOARD}patients/?what=orr").status_code == 404


def test_number_of_queries_does_not_grow_with_the_patients(
    trial, investigator, django_assert_max_num_queries
):
    for page, most in (("", 18), ("efficacy/", 19), ("flow/", 16), ("patients/?what=pfs", 19)):
        with django_assert_max_num_queries(most):
            investigator.get(f"{DASHBOARD}{page}")
