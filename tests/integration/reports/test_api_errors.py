"""Every error is a problem with a code that the documentation lists."""

import re
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import OperationalError

from core.api.errors import CODES
from tests.factories import make_member, make_token
from tests.integration.reports.reading import problem_of

ROOT = "/api/v1/trials/small/"
DOCUMENT = Path("docs/exports.md")


def test_documentation_lists_every_code_with_its_status():
    listed = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert {code: int(status) for code, status in listed} == {
        code: status for code, (status, _said) in CODES.items()
    }


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["tables/", "tables/visits/", "tables/visits.csv", "codebook.csv"])
def test_writing_is_405(api, method, path):
    response = getattr(api, method)(ROOT + path)
    assert response.status_code == 405
    assert problem_of(response)["code"] == "method_not_allowed"
    assert "GET" in response["Allow"]


def test_format_that_there_is_not_is_406(api):
    response = api.get(f"{ROOT}tables/", HTTP_ACCEPT="application/xml")
    assert response.status_code == 406
    assert problem_of(response)["code"] == "not_acceptable"


def test_address_that_there_is_not_is_404(api):
    response = api.get("/api/v1/nonsense/")
    assert response.status_code == 404
    assert problem_of(response)["code"] == "not_found"


def test_page_that_there_is_not_is_404(api):
    assert problem_of(api.get(f"{ROOT}tables/visits/?page=2"))["code"] == "not_found"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OperationalError("no server answers"), 503, "unavailable"),
        (RuntimeError("boom"), 500, "server_error"),
    ],
)
def test_failure_of_the_server_is_a_problem_too(api, monkeypatch, error, status, code):
    def fail(*_arguments):
        raise error

    monkeypatch.setattr("reports.api.scope.trial_or_404", fail)
    api.raise_request_exception = False
    response = api.get(f"{ROOT}tables/")
    assert response.status_code == status
    assert problem_of(response)["code"] == code
    assert ("Retry-After" in response) is (status == 503)


@pytest.fixture
def two_a_minute(settings):
    settings.API_RATE = "2/min"
    cache.clear()
    yield
    cache.clear()


def test_calls_beyond_the_rate_are_429_and_say_when_to_come_back(api, as_user, trial, two_a_minute):
    assert [api.get(f"{ROOT}tables/visits.csv").status_code for _call in range(3)] == [
        200,
        200,
        429,
    ]
    response = api.get("/api/v1/")
    assert problem_of(response)["code"] == "throttled"
    assert 1 <= int(response["Retry-After"]) <= 60
    other = as_user(make_member(trial, "statistician"), trial)
    assert other.get("/api/v1/").status_code == 200


def test_each_token_has_a_rate_of_its_own_and_a_session_another(
    client, statistician, trial, two_a_minute
):
    def call(**headers):
        return client.get("/api/v1/", headers=headers).status_code

    first, second = (f"Token {make_token(statistician, trial)}" for _token in range(2))
    assert [call(authorization=first) for _call in range(3)] == [200, 200, 429]
    assert call(authorization=second) == 200
    client.force_login(statistician)
    assert [call() for _call in range(3)] == [200, 200, 429]


def test_unknown_token_is_401_and_counts_for_nobody(client, trial, two_a_minute):
    answers = [client.get("/api/v1/", headers={"authorization": "Token x"}) for _call in range(3)]
    assert {answer.status_code for answer in answers} == {401}
