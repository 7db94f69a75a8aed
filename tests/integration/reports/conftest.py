import pytest
from rest_framework.test import APIClient

from tests.factories import make_enrolled_patient, make_member, make_token, make_trial


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def coordinator(trial):
    return make_member(trial, "coordinator", username="coordinator")


@pytest.fixture
def statistician(trial):
    return make_member(trial, "statistician", username="statistician")


@pytest.fixture
def patient(trial, coordinator):
    """At site 01."""
    return make_enrolled_patient(trial, by=coordinator)


@pytest.fixture
def other_patient(trial, coordinator):
    """At site 02."""
    return make_enrolled_patient(trial, site="02", by=coordinator)


@pytest.fixture
def as_user():
    """A script with a token of this person for the trial."""

    def call(user, trial):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {make_token(user, trial)}")
        return client

    return call


@pytest.fixture
def api(as_user, statistician, trial):
    return as_user(statistician, trial)


@pytest.fixture
def table():
    """The address of a table's CSV, or of its pages."""

    def address(name, *, slug="small", form="csv", query=""):
        end = ".csv" if form == "csv" else "/"
        return f"/api/v1/trials/{slug}/tables/{name}{end}{query}"

    return address
