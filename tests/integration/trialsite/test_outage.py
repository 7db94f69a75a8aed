"""PostgreSQL or Redis away: a clear page, and nothing typed is lost."""

import json

import environ
import kombu.exceptions
import psycopg2
import pytest
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from tests.components import postgresql_url
from trialsite.celery import app
from trialsite.urls import handler404, handler500
from trialsite.urls import urlpatterns as site_patterns

ERRORS = {}
# What Django fills into each of settings.DATABASES.
DEFAULTS = {
    "AUTOCOMMIT": True,
    "CONN_HEALTH_CHECKS": False,
    "CONN_MAX_AGE": 0,
    "OPTIONS": {},
    "TIME_ZONE": None,
}


def failing(request):
    request.POST  # noqa: B018 - read before the failure, as every form view does
    raise ERRORS["now"]


urlpatterns = [
    path("fails/", failing),
    path("api/v1/fails/", failing),
    path("works/", lambda request: HttpResponse("fine")),
    *site_patterns,
]
__all__ = ["handler404", "handler500", "urlpatterns"]

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


def away():
    error = OperationalError("could not connect to server")
    error.__cause__ = psycopg2.OperationalError("could not connect to server")
    return error


@pytest.fixture
def browser(django_user_model):
    client = Client(raise_request_exception=False)
    client.force_login(django_user_model.objects.create_user("anna"))
    return client


@pytest.fixture
def fails_with(monkeypatch):
    return lambda error: monkeypatch.setitem(ERRORS, "now", error)


def test_page_while_database_is_away_is_503(browser, fails_with):
    fails_with(away())

    response = browser.get("/fails/")

    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "The database is away" in response.text
    assert "default-src 'self'" in response["Content-Security-Policy"]


def test_what_was_typed_is_kept_in_the_page(browser, fails_with):
    fails_with(away())

    response = browser.post("/fails/?a=1", {"weight_kg": '<61,5 & "more">', "tag": ["x", "y"]})

    assert response.status_code == 503
    assert 'name="weight_kg" value="&lt;61,5 &amp; &quot;more&quot;&gt;"' in response.text
    assert 'name="tag" value="x"' in response.text
    assert 'name="tag" value="y"' in response.text
    assert 'action="/fails/?a=1"' in response.text


def test_password_is_not_written_into_the_page(browser, fails_with):
    fails_with(away())

    response = browser.post("/fails/", {"username": "anna", "password": "correct horse"})

    assert "correct horse" not in response.text


def test_api_while_database_is_away_is_a_problem_document(browser, fails_with):
    fails_with(away())

    response = browser.get("/api/v1/fails/")

    assert response.status_code == 503
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 503


def test_broker_away_is_503(browser, fails_with):
    fails_with(kombu.exceptions.OperationalError("refused"))

    assert browser.get("/fails/").status_code == 503


def test_error_of_our_own_is_500(browser, fails_with):
    fails_with(ValueError("patient S01-0042-7"))

    response = browser.get("/fails/")

    assert response.status_code == 500
    assert "S01-0042-7" not in response.text


def test_session_that_cannot_be_read_is_503(browser, monkeypatch):
    """The database goes away before any view is reached."""

    def fail(*args, **kwargs):
        raise away()

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    handled = []

    def note(**told):
        handled.append(told)

    got_request_exception.connect(note)  # for as long as this test's function lives

    assert browser.get("/works/").status_code == 503
    assert len(handled) == 1


def test_health_of_somebody_signed_in_is_asked_without_the_session(browser, monkeypatch):
    def fail(*args, **kwargs):
        raise away()

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)

    assert browser.get("/healthz").status_code == 200
    assert browser.get("/readyz").json()["database"] == "ok"


def test_unknown_address_of_the_api_is_a_problem_document(browser):
    response = browser.get("/api/nothing/")

    assert response.status_code == 404
    assert json.loads(response.content)["detail"] == "There is nothing at this address."


def test_task_that_cannot_be_queued_does_not_fail_what_was_saved(
    monkeypatch, caplog, django_capture_on_commit_callbacks
):
    def refuse(*args, **kwargs):
        raise kombu.exceptions.OperationalError("refused")

    @app.task
    def look_again():
        """Would work, were there a broker."""

    monkeypatch.setattr(look_again, "apply_async", refuse)

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        look_again.delay_on_commit()

    assert len(callbacks) == 1
    assert "look_again is left to the night" in caplog.text


@pytest.mark.needs("postgresql")
def test_connection_ended_by_a_real_server_is_503(browser, fails_with):
    database = DatabaseWrapper(environ.Env.db_url_config(postgresql_url()) | DEFAULTS)
    with pytest.raises(OperationalError) as caught, database.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    database.close()
    fails_with(caught.value)

    assert browser.get("/fails/").status_code == 503
