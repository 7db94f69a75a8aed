"""Results by arm: for whom, when, and nowhere else."""

import csv

import pytest
from django.test import Client

from tests.factories import make_member
from tests.integration.outcomes.two_arms import fill, make, night, unblind

HOME = "/trials/small/dashboard/"
PAGE = f"{HOME}arms/"
BLINDED_ROLES = ["coordinator", "investigator", "statistician", "monitor", "data-manager"]
FIGURES = ["pfs-by-arm", "os-by-arm", "hazard-ratios-pfs", "hazard-ratios-os"]
NAMES = ("sham", "Other capsules")


def client_of(trial, role, **where):
    client = Client()
    client.force_login(make_member(trial, role, **where))
    return client


@pytest.fixture
def opened(db):
    trial = make("open")
    fill(trial)
    night(trial)
    return trial


@pytest.fixture
def blinded(db):
    trial = make("double")
    fill(trial)
    night(trial)
    return trial


@pytest.mark.parametrize("role", BLINDED_ROLES)
def test_blinded_role_gets_nothing_by_arm(blinded, role):
    client = client_of(blinded, role)
    for path in (PAGE, f"{PAGE}patients/?what=os&arm=sham", f"{PAGE}figures/os-by-arm.csv"):
        assert client.get(path).status_code == 403
    page = client.get(HOME)
    assert PAGE.encode() not in page.content


def test_unblinded_role_reads_why_there_is_nothing_yet(blinded):
    client = client_of(blinded, "unblinded-pharmacist")
    page = client.get(PAGE)
    assert "until the trial is unblinded as planned" in page.content.decode()
    assert [tab.href for tab in page.context["tabs"]] == [PAGE]
    # The pooled numbers are no business of this role.
    assert client.get(HOME).status_code == 403
    assert b"Overall survival" not in page.content
    for path in (f"{PAGE}patients/?what=os&arm=sham", f"{PAGE}figures/os-by-arm.csv"):
        assert client.get(path).status_code == 404


def test_after_planned_unblinding_the_next_night_fills_the_page(blinded):
    unblind(blinded)
    client = client_of(blinded, "statistician")
    assert "No results by arm in this cut" in client.get(PAGE).content.decode()
    night(blinded)
    page = client.get(PAGE)
    assert "Other capsules (n = 2)" in page.content.decode()
    assert "arms pooled" not in page.content.decode()
    assert client_of(blinded, "dispenser").get(PAGE).status_code == 403


def test_page_compares_the_arms(opened):
    context = client_of(opened, "statistician").get(PAGE).context
    pfs, survival = context["survival"]
    # By hand in test_grouped_results; 1 degree of freedom, 49/17: p = 0.0896.
    words = survival.figure["layout"]["annotations"][0]["text"]
    assert words.endswith("p = 0.090")
    assert "stratified log-rank (ECOG" in survival.note
    rows = {row.label: [cell.text for cell in row.cells] for row in context["times"].rows}
    assert rows["Log-rank test, p"][1] == "0.090"
    assert rows["Other capsules: events / patients"][1] == "2 / 2"
    assert rows["Other capsules: median, months (95 % CI)"][1].startswith("2.3 (")
    # One arm dies before the other: no ratio is finite, and nothing is drawn as if it were.
    assert rows["Hazard ratio (95 % CI)"][1] == "NE"
    assert context["forests"][1].is_empty


def test_all_other_pages_stay_pooled(opened):
    client = client_of(opened, "investigator")
    for path in ("", "efficacy/", "safety/", "quality-of-life/", "flow/"):
        page = client.get(HOME + path).content.decode()
        assert PAGE in page  # the tab
        assert not any(name in page for name in NAMES)


@pytest.mark.parametrize("name", [*FIGURES, "adverse-events-by-arm"])
def test_every_figure_by_arm_has_its_rows(opened, name):
    client = client_of(opened, "statistician")
    rows = list(csv.reader(client.get(f"{PAGE}figures/{name}.csv").content.decode().splitlines()))
    header = next(row for row in rows if not row[0].startswith("#"))
    assert "arm" in header
    assert any("sham" in row for row in rows)
    assert client.get(f"{HOME}figures/{name}.csv").status_code == 404


def test_number_of_an_arm_leads_to_its_patients(opened):
    client = client_of(opened, "investigator")
    found = client.get(f"{PAGE}patients/?what=os&arm=sham&status=event").context["listing"]
    assert found.title == "Overall survival · Other capsules"
    assert [entry.cells[0].text for entry in found.entries] == ["2.0", "2.7"]
    everybody = client.get(f"{PAGE}patients/?what=os").context["listing"]
    assert everybody.total == 4


def test_patients_of_an_arm_at_other_sites_are_only_counted(opened):
    client = client_of(opened, "investigator", site="02")
    found = client.get(f"{PAGE}patients/?what=os&arm=sham").context["listing"]
    assert (found.total, found.entries) == (2, [])


@pytest.mark.parametrize("query", ["what=os&arm=other", "what=x&arm=sham", "arm=sham"])
def test_number_that_does_not_exist_has_no_patients(opened, query):
    assert client_of(opened, "investigator").get(f"{PAGE}patients/?{query}").status_code == 404


def test_pooled_list_does_not_part_by_arm(opened):
    client = client_of(opened, "investigator")
    assert client.get(f"{HOME}patients/?what=os&arm=sham").context["listing"].total == 4


def test_number_of_queries_is_small(opened, django_assert_max_num_queries):
    client = client_of(opened, "statistician")
    with django_assert_max_num_queries(26):
        client.get(PAGE)
