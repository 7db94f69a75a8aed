"""Who gets which answer: 401, 403, 404, 400, or the rows."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from core.models import ApiToken, Membership
from tests.factories import make_member, make_token, make_trial
from tests.integration.reports.reading import problem_of, rows_of

ADDRESSES = [
    "/api/v1/",
    "/api/v1/trials/",
    "/api/v1/trials/small/",
    "/api/v1/trials/small/tables/",
    "/api/v1/trials/small/tables/visits/",
    "/api/v1/trials/small/tables/visits.csv",
    "/api/v1/trials/small/codebook/",
    "/api/v1/trials/small/codebook.csv",
    "/api/v1/openapi.json",
    "/api/v1/openapi.yaml",
    "/api/v1/schema/",
]
OF_A_TRIAL = [address for address in ADDRESSES if "/small/" in address]
EXPORTS = [address for address in OF_A_TRIAL if address != "/api/v1/trials/small/"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_call_without_a_token_is_401(trial, address):
    response = APIClient().get(address)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert problem_of(response)["code"] == "not_authenticated"


@pytest.mark.parametrize("address", ADDRESSES)
def test_statistician_reaches_every_address(api, address):
    assert api.get(address).status_code == 200


@pytest.mark.parametrize("address", EXPORTS)
def test_call_without_the_right_is_403(as_user, coordinator, trial, address):
    response = as_user(coordinator, trial).get(address)
    assert response.status_code == 403
    assert "role" in problem_of(response)["detail"]


@pytest.mark.parametrize("address", OF_A_TRIAL)
def test_trial_without_a_role_is_404(as_user, trial, address):
    other = make_trial("other")
    stranger = make_member(other, "statistician")
    response = as_user(stranger, other).get(address)
    assert response.status_code == 404
    assert problem_of(response)["code"] == "not_found"


@pytest.mark.parametrize("address", OF_A_TRIAL)
def test_token_of_another_trial_is_404_though_the_person_may_see_this_one(
    as_user, statistician, trial, address
):
    other = make_trial("other")
    Membership.objects.create(user=statistician, trial=other, role="statistician")
    assert as_user(statistician, other).get(address).status_code == 404


def test_trials_are_the_person_s_and_with_a_token_the_token_s(as_user, statistician, trial, client):
    other = make_trial("other")
    make_trial("foreign")
    Membership.objects.create(user=statistician, trial=other, role="statistician")
    slugs = [item["slug"] for item in as_user(statistician, trial).get("/api/v1/trials/").json()]
    assert slugs == ["small"]
    client.force_login(statistician)
    slugs = [item["slug"] for item in client.get("/api/v1/trials/").json()]
    assert slugs == ["other", "small"]


def test_revoked_role_ends_what_its_tokens_reach(api, statistician, table):
    Membership.objects.filter(user=statistician).update(revoked_at=timezone.now())
    assert api.get(table("visits")).status_code == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"revoked_at": timezone.now()}, "token_revoked"),
        ({"expires_at": timezone.now(), "created_at": timezone.now() - timedelta(days=2)},
         "token_expired"),
    ],
    ids=["revoked", "expired"],
)  # fmt: skip
def test_token_that_has_ended_is_401(api, table, change, code):
    ApiToken.objects.update(**change)
    response = api.get(table("visits"))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Token"
    assert problem_of(response)["code"] == code


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_demo": True}])
def test_token_of_an_account_that_cannot_sign_in_is_401(api, statistician, table, change):
    type(statistician).objects.filter(pk=statistician.pk).update(**change)
    response = api.get(table("visits"))
    assert response.status_code == 401
    assert problem_of(response)["code"] == "account_inactive"


@pytest.mark.parametrize("header", ["Token", "Token ", "Token nonsense", "Token a b", "Token é"])
def test_header_without_a_known_token_is_401(db, table, header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)
    response = client.get(table("visits"))
    assert response.status_code == 401
    assert problem_of(response)["code"] == "token_unknown"


def test_other_scheme_is_no_token(db, table, statistician, trial):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_token(statistician, trial)}")
    assert problem_of(client.get(table("visits")))["code"] == "not_authenticated"


def test_refused_token_is_logged_by_its_row_and_never_itself(db, table, caplog):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Token 0123456789abcdef0123456789abcdef")
    client.get(table("visits"))
    assert "token_unknown" in caplog.text
    assert "0123456789abcdef" not in caplog.text


def test_person_of_one_site_gets_that_site_s_rows(as_user, trial, patient, other_patient, table):
    user = make_member(trial, "statistician", site="02")
    rows = rows_of(as_user(user, trial).get(table("patients")))
    assert [row["patient"] for row in rows] == [other_patient.number]


def test_site_that_is_only_seen_is_not_exported(as_user, trial, patient, other_patient, table):
    user = make_member(trial, "statistician", site="02")
    Membership.objects.create(user=user, trial=trial, role="coordinator", site=patient.site)
    rows = rows_of(as_user(user, trial).get(table("patients")))
    assert [row["site"] for row in rows] == ["02"]


def test_asking_for_another_site_is_404(as_user, trial, patient, other_patient, table):
    script = as_user(make_member(trial, "statistician", site="02"), trial)
    for query in ("?site=01", f"?patient={patient.number}"):
        for form in ("csv", "json"):
            response = script.get(table("visits", query=query, form=form))
            assert response.status_code == 404, query
            problem_of(response)


def test_patient_that_does_not_exist_answers_like_one_of_another_site(
    as_user, trial, patient, other_patient, table
):
    script = as_user(make_member(trial, "statistician", site="02"), trial)
    there, not_there = (
        problem_of(script.get(table("visits", query=f"?patient={number}")))
        for number in (patient.number, "S01-002-08")
    )
    assert there["detail"].replace(patient.number, "") == not_there["detail"].replace(
        "S01-002-08", ""
    )


@pytest.mark.parametrize("form", ["csv", "json"])
def test_unknown_table_is_404_with_the_tables_that_there_are(api, table, form):
    response = api.get(table("nonsense", form=form))
    problem = problem_of(response)
    assert (response.status_code, problem["code"]) == (404, "table_unknown")
    assert {"patients", "visits", "vital_signs", "time_to_event"} <= set(problem["tables"])


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("?sort=asc", "sort"),
        ("?site=99", "site"),
        ("?site=", "site"),
        ("?patient=7", "patient"),
        ("?patient=S01-001-12", "patient"),
        ("?visit=C99D99", "visit"),
        ("?visit=%00", "visit"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_unknown_parameter_or_value_is_400_that_names_it(
    api, patient, table, query, parameter, form
):
    response = api.get(table("visits", query=query, form=form))
    assert response.status_code == 400
    assert problem_of(response)["parameter"] == parameter


def test_page_is_no_parameter_of_a_whole_table(api, table):
    assert problem_of(api.get(table("visits", query="?page=2")))["parameter"] == "page"


@pytest.mark.parametrize(
    ("name", "query", "parameter"),
    [
        ("endpoint_summary", "?site=01", "site"),
        ("adverse_events", "?visit=C1D1", "visit"),
        ("patients", "?visit=C1D1", "visit"),
    ],
)
def test_filter_without_its_column_is_400(api, table, name, query, parameter):
    response = api.get(table(name, query=query))
    assert response.status_code == 400
    assert problem_of(response)["parameter"] == parameter


def test_table_of_all_sites_needs_the_right_at_all_sites(as_user, trial, table):
    script = as_user(make_member(trial, "statistician", site="02"), trial)
    for form in ("csv", "json"):
        response = script.get(table("endpoint_summary", form=form))
        assert response.status_code == 403
        assert "all sites" in problem_of(response)["detail"]
    listed = {item["name"]: item for item in script.get("/api/v1/trials/small/tables/").json()}
    assert listed["endpoint_summary"]["rows"] is None


def test_errors_are_in_english_for_everybody(as_user, coordinator, trial, table):
    script = as_user(coordinator, trial)
    response = script.get(table("visits"), HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert problem_of(response)["detail"].isascii()


def test_session_of_the_browser_serves_as_well(client, statistician, table):
    client.force_login(statistician)
    assert client.get(table("visits")).status_code == 200
