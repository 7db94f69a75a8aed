"""A token reads the tables that it was made for."""

import pytest

from core.models import ApiToken
from tests.factories import make_member, make_token, make_trial

TABLES = "/api/v1/trials/small/tables/"


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def stella(trial):
    return make_member(trial, "statistician", username="stella")


@pytest.fixture
def call(client, stella, trial):
    def get(path="", tables=("visits", "patients"), person=stella):
        secret = make_token(person, trial, tables=tables)
        return client.get(TABLES + path, headers={"authorization": f"Token {secret}"})

    return get


@pytest.mark.parametrize("path", ["visits/", "visits.csv"])
def test_table_of_the_token_is_read(call, path):
    assert call(path).status_code == 200


@pytest.mark.parametrize("path", ["vital_signs/", "vital_signs.csv"])
def test_another_table_is_refused_and_says_so(call, path):
    answer = call(path)
    assert answer.status_code == 403
    assert answer.json()["code"] == "token_scope"
    assert "does not read the table" in answer.json()["detail"]
    assert call(path, tables=()).status_code == 200


def test_list_names_the_tables_of_the_token_only(call):
    assert {item["name"] for item in call().json()} == {"visits", "patients"}
    assert len(call(tables=()).json()) > 2


def test_session_of_the_person_reads_all(client, stella):
    make_token(stella, make_trial(), tables=["visits"])
    client.force_login(stella)
    assert client.get(f"{TABLES}vital_signs/").status_code == 200


def test_token_of_who_knows_the_arms_opens_no_table(call, trial):
    """The role that maps kits exports nothing."""
    pharmacist = make_member(trial, "unblinded-pharmacist")
    for path in ("", "visits/", "visits.csv"):
        assert call(path, tables=(), person=pharmacist).status_code == 403


def test_scope_is_chosen_in_the_browser_and_shown(client, stella):
    client.force_login(stella)
    data = {"name": "night", "trial": "small", "days": "30", "tables": "visits, vital_signs visits"}
    assert client.post("/tokens/new/", data).status_code == 200
    assert ApiToken.objects.get().tables == ["visits", "vital_signs"]
    assert "visits, vital_signs" in client.get("/tokens/").text


def test_name_that_is_none_is_refused(client, stella):
    client.force_login(stella)
    data = {"name": "night", "trial": "small", "days": "30", "tables": "visits; drop"}
    answer = client.post("/tokens/new/", data)
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()
