"""A session ends some time after its last use, and some hours after its start."""

import pytest
from django.contrib.sessions.models import Session

from core.middleware import time as clock
from core.models import AuditEntry
from core.sessions import TIME_OUT
from tests.factories import make_user

NOW = 1_800_000_000
HOUR = 3600


@pytest.fixture
def at(monkeypatch):
    """Sets the time that the middleware sees, in seconds after the start."""
    return lambda seconds: monkeypatch.setattr(clock, "time", lambda: NOW + seconds)


@pytest.fixture
def browser(client, db, at, settings):
    settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE = HOUR, 12 * HOUR
    client.force_login(make_user("anna"))
    at(0)
    client.get("/")
    return client


def used_at():
    return Session.objects.get().get_decoded()["used_at"] - NOW


def is_signed_in(browser):
    return browser.get("/").status_code == 200


def timed_out():
    return list(AuditEntry.objects.filter(event=TIME_OUT).values_list("changes", flat=True))


def test_use_within_the_minute_writes_nothing(browser, at, django_assert_num_queries):
    at(59)
    browser.get("/")
    assert used_at() == 0


def test_use_after_a_minute_is_noted(browser, at):
    at(60)
    browser.get("/")
    assert used_at() == 60


@pytest.mark.parametrize(
    ("seconds", "is_left"),
    [pytest.param(HOUR, True, id="an hour"), pytest.param(HOUR + 1, False, id="a second more")],
)
def test_idle_session_ends_after_an_hour(browser, at, seconds, is_left):
    at(seconds)
    assert is_signed_in(browser) is is_left
    assert bool(timed_out()) is not is_left


def test_idle_session_leads_to_sign_in_and_is_recorded_under_the_persons_name(browser, at):
    at(HOUR + 1)
    assert browser.get("/tokens/")["Location"] == "/sign-in/?next=/tokens/"
    entry = AuditEntry.objects.get(event=TIME_OUT)
    assert (entry.actor_name, entry.changes["kind"]) == ("Anna", "idle")
    assert not Session.objects.exists()
    browser.get("/")
    assert len(timed_out()) == 1


@pytest.mark.parametrize(
    ("last", "is_left"),
    [pytest.param(12 * HOUR, True, id="12 hours"), pytest.param(12 * HOUR + 1, False, id="more")],
)
def test_session_in_use_ends_after_twelve_hours(browser, at, last, is_left):
    for minutes in range(50, 12 * 60, 50):
        at(minutes * 60)
        assert is_signed_in(browser)
    at(last)
    assert is_signed_in(browser) is is_left
    if not is_left:
        assert timed_out()[0]["kind"] == "absolute"


def test_session_that_timed_out_does_not_open_the_api(browser, at):
    assert browser.get("/api/v1/").status_code == 200
    at(HOUR + 1)
    assert browser.get("/api/v1/").status_code == 401
    assert len(timed_out()) == 1


def test_visitor_without_sign_in_gets_no_session(client, db):
    client.get("/sign-in/")
    assert not Session.objects.exists()
