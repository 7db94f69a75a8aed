from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit

NOW = datetime(2026, 7, 1, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    """It is noon in Shanghai on 2026-07-01."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def coordinator(trial):
    """Of site 01 only."""
    return make_member(trial, "coordinator", site="01", username="carla")


@pytest.fixture
def signed_in():
    """A browser in which this person is signed in."""

    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def carla(signed_in, coordinator):
    """The coordinator at the screen."""
    return signed_in(coordinator)


@pytest.fixture
def patient(trial, coordinator):
    """Enrolled on 2026-01-05 at site 01."""
    return make_enrolled_patient(trial, by=coordinator)


@pytest.fixture
def visit(patient, coordinator):
    """Day 1 of the course, on 2026-01-08; asks for vital signs, laboratory and capsules."""
    return open_visit(patient, key="C1D1", by=coordinator)
