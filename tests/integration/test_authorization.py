"""Who gets which answer at every address, by role: the table says it, the test asks everybody.

A route without a row fails `test_every_route_has_a_row`. The statuses of a row are those of
people with a role in the trial; whoever has none there is told that there is nothing (404).
"""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from core.models.membership import Role
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_token,
    make_trial,
    make_user,
    open_visit,
    save_form,
)

EVERYBODY = frozenset(Role.values)
ENTRY = frozenset({"coordinator", "investigator"})
PATIENTS = ENTRY | {"monitor", "dispenser", "unblinded-pharmacist", "data-manager"}
DASHBOARD = ENTRY | {"monitor", "statistician", "data-manager"}
NIGHT = frozenset({"investigator", "statistician", "data-manager"})
EXPORT = frozenset({"statistician", "data-manager"})

SIGN_IN, UNAUTHORIZED = 302, 401


@dataclass(frozen=True)
class Row:
    route: str
    arguments: tuple[str, ...] = ()
    """Names of what `addresses` holds, or texts of the address as they are."""
    who: frozenset[str] = EVERYBODY
    answer: int = 200
    method: str = "get"
    stranger: int = 404
    """The answer to somebody with a role in another trial only."""
    anonymous: int = SIGN_IN
    of_patient: bool = False
    """Behind it is a patient: somebody of another site finds nothing."""


def of_patient(route, *arguments, **values):
    return Row(f"enrollment:{route}", arguments, of_patient=True, **{"who": PATIENTS} | values)


def sent(route, *arguments, **values):
    """An empty form."""
    return of_patient(route, *arguments, **{"who": ENTRY, "answer": 422, "method": "post"} | values)


def of_trial(route, who=EVERYBODY, **values):
    return Row(route, ("small",), who, **values)


def personal(route, *arguments, **values):
    """Of the person, whatever the roles are."""
    return Row(route, arguments, **{"stranger": values.get("answer", 200)} | values)


def api(route, *arguments, who=EVERYBODY, **values):
    return Row(f"api:{route}", arguments, who, anonymous=UNAUTHORIZED, **values)


TABLE = [
    personal("enrollment:home"),
    of_trial("enrollment:patient-list", PATIENTS),
    of_trial("enrollment:screening-list", PATIENTS),
    of_trial("enrollment:patient-screen", ENTRY),
    of_trial("enrollment:patient-screen", ENTRY, method="post", answer=422),
    of_trial("enrollment:definition-detail"),
    of_patient("patient-detail", "patient"),
    sent("consent-record", "patient"),
    sent("patient-enroll", "patient"),
    of_patient("patient-form", "patient", "death"),
    sent("patient-form", "patient", "death"),
    of_patient("log-list", "patient", "lesions"),
    of_patient("log-new", "patient", "lesions"),
    sent("log-new", "patient", "lesions"),
    of_patient("log-form", "patient", "lesions", "lesion"),
    sent("log-form", "patient", "lesions", "lesion"),
    of_patient("visit-detail", "visit"),
    sent("visit-open", "visit"),
    sent("visit-miss", "visit"),
    of_patient("visit-form", "visit", "vital-signs"),
    sent("visit-form", "visit", "vital-signs"),
    of_trial("reports:dashboard-detail", DASHBOARD),
    of_trial("reports:run-status", DASHBOARD),
    of_trial("reports:run-request", NIGHT, method="post", answer=302),
    # There is no cut yet; whoever may not see the dashboard is told so first.
    Row("reports:figure-data", ("small", "os"), DASHBOARD, answer=404),
    of_trial("reports:export-list", EXPORT),
    personal("core:token-list"),
    personal("core:token-create"),
    personal("core:token-create", method="post", answer=422),
    # The token is somebody else's.
    personal("core:token-revoke", "token", answer=404),
    personal("core:token-revoke", "token", answer=404, method="post"),
    api("root", stranger=200),
    api("openapi-json", stranger=200),
    api("openapi-yaml", stranger=200),
    api("schema", stranger=200),
    api("trial-list", stranger=200),
    api("trial-detail", "small"),
    api("codebook", "small", who=EXPORT),
    api("codebook-csv", "small", who=EXPORT),
    api("table-list", "small", who=EXPORT),
    api("table-detail", "small", "visits", who=EXPORT),
    api("table-csv", "small", "visits", who=EXPORT),
    of_trial("trial-open", answer=302),
    personal("login", answer=302, anonymous=200),
    personal("logout", method="post", answer=302),
    personal("password_change"),
    personal("password_change_done"),
    personal("admin-password"),
    personal("set_language", method="post", answer=302, anonymous=302),
    personal("healthz", anonymous=200),
    personal("readyz", anonymous=200),
    personal("styleguide"),
    # For staff only, which no role makes anybody.
    personal("admin:index", answer=302),
]  # fmt: skip

each_row = pytest.mark.parametrize("row", TABLE, ids=[f"{row.method} {row.route}" for row in TABLE])


def routes(resolver, namespace=""):
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from routes(
                entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            )
        else:
            yield f"{namespace}{entry.name}"


def test_every_route_has_a_row():
    found = {name for name in routes(get_resolver()) if not name.startswith("admin:")}
    assert found == {row.route for row in TABLE} - {"admin:index"}


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def address(trial):
    """Where a row leads: to a patient at site 01 of the trial `small`."""
    by = make_member(trial, "coordinator")
    patient = make_enrolled_patient(trial, by=by)
    visit = open_visit(patient, key="C1D1", by=by)
    make_token(by, trial)
    known = {
        "patient": patient.pk,
        "visit": visit.pk,
        "lesion": save_form("lesions", patient, by=by).pk,
        "token": by.api_tokens.get().pk,
    }

    def of(row):
        return reverse(row.route, args=[known.get(name, name) for name in row.arguments])

    return of


def answer(row, address, user=None):
    client = Client()
    if user is not None:
        client.force_login(user)
    return getattr(client, row.method)(address)


def answers(row, address, trial, *, site):
    """Role to the status that somebody of this site gets."""
    people = {role: make_member(trial, role, site=site) for role in Role.values}
    return {role: answer(row, address, user).status_code for role, user in people.items()}


@each_row
def test_own_site(trial, address, row):
    expected = {role: row.answer if role in row.who else 403 for role in Role.values}
    assert answers(row, address(row), trial, site="01") == expected


@each_row
def test_other_site_of_the_trial(trial, address, row):
    expected = {role: row.answer if role in row.who else 403 for role in Role.values}
    if row.of_patient:
        expected = dict.fromkeys(Role.values, 404)
    assert answers(row, address(row), trial, site="02") == expected


@each_row
def test_other_trial(address, row):
    expected = dict.fromkeys(Role.values, row.stranger)
    assert answers(row, address(row), make_trial("other"), site="01") == expected


@each_row
def test_no_role_at_all(address, row):
    assert answer(row, address(row), make_user()).status_code == row.stranger


@each_row
def test_no_login(address, row):
    where = address(row)
    response = answer(row, where)
    assert response.status_code == row.anonymous
    if row.anonymous == SIGN_IN and row.route not in ("logout", "set_language", "admin:index"):
        assert response["Location"] == f"/sign-in/?next={where}"


@each_row
def test_no_longer_active(trial, address, row):
    """Every open session of a person ends with the account."""
    user = make_member(trial, "coordinator", site="01")
    where, client = address(row), Client()
    client.force_login(user)
    user.is_active = False
    user.save()
    assert getattr(client, row.method)(where).status_code == row.anonymous
