import json
from datetime import timedelta

import pytest
from django.test import Client

from tests.factories import make_enrolled_patient, make_token, open_visit, save_form

ADDRESS = "/api/redcap/"


@pytest.fixture
def token(statistician, trial):
    return make_token(statistician, trial)


@pytest.fixture
def post():
    """A call as REDCap's clients make it: a form, and the token in it."""

    def call(token, **asked):
        return Client().post(ADDRESS, {"token": token, "format": "json"} | asked)

    return call


@pytest.fixture
def ask(post, token):
    """The rows of a JSON answer."""

    def call(content, **asked):
        response = post(token, content=content, **asked)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        assert response.status_code == 200, body
        return json.loads(body)

    return call


def fill(trial, by):
    """Two patients: one with two visits, lesions and their sizes, one just enrolled."""
    patient = make_enrolled_patient(trial, by=by)
    screening = open_visit(patient, key="screening", by=by)
    save_form("vital-signs", screening, by=by, weight_kg="71.5", ecog="0")
    for organ in ("liver", "lung"):
        save_form("lesions", patient, by=by, kind="target", organ=organ)
    first = open_visit(patient, key="C1D1", by=by)
    save_form("vital-signs", first, by=by, complete=False, missing={"weight_kg": "ND"}, ecog="1")
    day = first.actual_date + timedelta(days=1)
    save_form("end-of-treatment", patient, by=by, complete=False, ended_on=day, reason="death")
    return patient, make_enrolled_patient(trial, site="02", by=by)
