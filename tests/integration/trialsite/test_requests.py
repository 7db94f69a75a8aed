"""What every answer carries, and what the log says of it."""

import json
import logging

import pytest
from django.test import Client

from core.logs import JsonFormatter

PATIENT = "S01-0042-7"


@pytest.fixture
def lines():
    """The log lines of everything that happens in the test, as written."""
    written = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(JsonFormatter(own=["core", "trialsite"]))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def answered(lines):
    [line] = [json.loads(line) for line in lines if '"answered"' in line]
    return line


@pytest.fixture
def user(db, django_user_model):
    return django_user_model.objects.create_user("anna")


def test_request_is_logged_by_pattern_and_user(client, user, lines):
    client.force_login(user)

    response = client.get(
        f"/trials/{PATIENT}/open/?name=Wang", headers={"X-Request-ID": "abcd1234"}
    )

    line = answered(lines)
    assert line["user"] == user.pk
    assert line["method"] == "GET"
    assert line["route"] == "trials/<slug:slug>/open/"
    assert line["status"] == response.status_code
    assert line["duration_ms"] > 0
    assert line["request"] == response["X-Request-ID"] == "abcd1234"
    assert PATIENT not in "".join(lines)
    assert "Wang" not in "".join(lines)


@pytest.mark.django_db
def test_unknown_path_and_form_values_stay_out_of_the_log(client, lines):
    client.get(f"/no/such/{PATIENT}/")
    client.post("/sign-in/", {"username": PATIENT, "password": "correct horse"})

    text = "".join(lines)
    assert PATIENT not in text
    assert "correct horse" not in text


@pytest.mark.django_db
def test_invented_method_stays_out_of_the_log(client, lines):
    client.generic(f"GET-{PATIENT}", "/healthz")

    assert answered(lines)["method"] == "other"
    assert PATIENT not in "".join(lines)


@pytest.mark.django_db
def test_error_stays_out_of_the_log(user, lines, monkeypatch):
    def fail(*args, **kwargs):
        raise ValueError(PATIENT)

    monkeypatch.setattr("core.health._database", fail)
    monkeypatch.setattr("core.health.CHECKS", {"database": fail})
    client = Client(raise_request_exception=False)

    assert client.get("/readyz").status_code == 500
    text = "".join(lines)
    assert "ValueError" in text
    assert PATIENT not in text


@pytest.mark.parametrize("given", [f"patient {PATIENT}", "short", "x" * 65, ""])
def test_request_id_that_is_none_is_replaced(client, lines, given):
    response = client.get("/healthz", headers={"X-Request-ID": given})

    assert response["X-Request-ID"] != given
    assert len(response["X-Request-ID"]) == 32


def test_answer_carries_the_browser_rules(client):
    response = client.get("/healthz")

    rules = dict(rule.split(" ", 1) for rule in response["Content-Security-Policy"].split("; "))
    assert rules == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
        "base-uri": "'self'",
    }
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/static/vendor/plotly/plotly.min.js",
        "/static/django_htmx/htmx-2.min.js",
        "/static/css/base.css",
    ],
)
def test_scripts_come_from_this_site(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert len(b"".join(response)) > 500


@pytest.mark.django_db
def test_page_without_login_leads_to_sign_in(client):
    response = client.get("/")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/"


@pytest.mark.django_db
def test_language_can_be_chosen_before_sign_in(client):
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/sign-in/"})

    assert '<html lang="zh-hans"' in client.get("/sign-in/").text
