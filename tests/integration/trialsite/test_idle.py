"""A session ends after SESSION_COOKIE_AGE seconds without use."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.middleware import time as clock

NOW = 1_800_000_000


@pytest.fixture
def at(monkeypatch):
    """Sets the time that the middleware sees, in seconds after the start."""
    return lambda seconds: monkeypatch.setattr(clock, "time", lambda: NOW + seconds)


@pytest.fixture
def browser(client, django_user_model, at):
    client.force_login(django_user_model.objects.create_user("anna"))
    at(0)
    client.get("/admin/")
    return client


def expiry():
    return Session.objects.get().expire_date


def age(**duration):
    Session.objects.update(expire_date=timezone.now() + timedelta(**duration))


@pytest.mark.django_db
def test_use_within_the_minute_writes_nothing(browser, at):
    before = expiry()
    at(59)

    browser.get("/admin/")

    assert expiry() == before


@pytest.mark.django_db
def test_use_after_a_minute_moves_the_end(browser, at, settings):
    age(minutes=5)
    at(60)

    browser.get("/admin/")

    left = expiry() - timezone.now()
    assert left > timedelta(seconds=settings.SESSION_COOKIE_AGE - 30)


@pytest.mark.django_db
def test_session_that_was_idle_too_long_leads_to_sign_in(browser):
    age(seconds=-1)

    response = browser.get("/")

    assert response["Location"] == "/sign-in/?next=/"


@pytest.mark.django_db
def test_visitor_without_sign_in_gets_no_session(client):
    client.get("/sign-in/")

    assert not Session.objects.exists()
