from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit
from tests.factories_kits import make_kits

NOW = datetime(2026, 1, 8, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch, request):
    """It is noon in Shanghai on 2026-01-08, day 1 of the patient's course."""
    if "committed_db" not in request.fixturenames:
        monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def disa(trial):
    """The dispenser of site 01 at the screen."""
    return sign_in(make_member(trial, "dispenser", site="01", username="disa"))


@pytest.fixture
def kits(trial):
    return make_kits(trial)


@pytest.fixture
def visit(trial):
    return open_visit(make_enrolled_patient(trial), key="C1D1")


def sign_in(user):
    client = Client()
    client.force_login(user)
    return client
