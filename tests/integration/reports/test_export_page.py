import re

import pytest
from django.urls import reverse

from tests.factories import make_member, make_trial, open_visit, save_form
from tests.integration.reports.reading import rows_of

PAGE = "/trials/small/exports/"
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", re.IGNORECASE)


def test_page_asks_for_a_login(client, trial):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert "/sign-in/" in response["Location"]


def test_page_without_the_right_is_403(client, coordinator):
    client.force_login(coordinator)
    assert client.get(PAGE).status_code == 403


def test_page_of_a_trial_without_a_role_is_404(client, trial):
    client.force_login(make_member(make_trial("other"), "statistician"))
    assert client.get(PAGE).status_code == 404


def test_empty_trial_says_what_to_expect(client, statistician):
    client.force_login(statistician)
    text = client.get(PAGE).content.decode()
    assert "No rows yet" in text
    assert "No data cut yet" in text


def test_page_lists_tables_with_rows_and_files_that_open(
    client, statistician, patient, coordinator
):
    visit = open_visit(patient, by=coordinator)
    save_form("vital-signs", visit, by=coordinator, ecog="1")
    client.force_login(statistician)
    text = client.get(PAGE).content.decode()
    assert "No rows yet" not in text
    [address] = re.findall(r'href="([^"]*/vital_signs\.csv)"', text)
    assert f"http://testserver{address}</code>" in text
    assert [row["ecog"] for row in rows_of(client.get(address))] == ["1"]


@pytest.mark.parametrize(
    "name", ["core:token-list", "api:openapi-json", "api:openapi-yaml", "api:codebook-csv"]
)
def test_page_leads_to_tokens_codebook_and_openapi(client, statistician, name):
    arguments = ["small"] if "codebook" in name else []
    client.force_login(statistician)
    assert f'href="{reverse(name, args=arguments)}"' in client.get(PAGE).content.decode()


def test_page_shows_only_rows_of_the_person_s_site(client, trial, patient, other_patient):
    client.force_login(make_member(trial, "statistician", site="02"))
    text = client.get(PAGE).content.decode()
    assert "for those who may export all sites" in text
    [rows] = re.findall(r"<code>patients</code>.*?</tr>", text, re.DOTALL)
    assert re.findall(r'"number">(\d+)<', rows)[-1] == "1"


def test_number_of_queries_does_not_grow(
    client, statistician, patient, coordinator, django_assert_max_num_queries
):
    client.force_login(statistician)
    with django_assert_max_num_queries(80) as few:
        client.get(PAGE)
    visit = open_visit(patient, by=coordinator)
    save_form("vital-signs", visit, by=coordinator, ecog="1")
    with django_assert_max_num_queries(len(few)):
        client.get(PAGE)


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/",
        "/api/v1/trials/",
        "/api/v1/trials/small/tables/",
        "/api/v1/trials/small/tables/visits/",
        "/api/v1/trials/small/codebook/",
    ],
)
def test_api_in_the_browser_is_a_page_that_the_security_policy_allows(
    client, statistician, patient, address
):
    client.force_login(statistician)
    response = client.get(address, HTTP_ACCEPT="text/html,*/*;q=0.8")
    text = response.content.decode()
    assert response["Content-Type"].startswith("text/html")
    assert "<h1>" in text
    assert not INLINE.search(text)
    assert "rest_framework/" not in text


def test_error_in_the_browser_is_a_page_too(client, statistician):
    client.force_login(statistician)
    response = client.get("/api/v1/trials/small/tables/x/", HTTP_ACCEPT="text/html")
    assert response.status_code == 404
    assert "table_unknown" in response.content.decode()
