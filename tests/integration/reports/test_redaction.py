"""The two pages by which two persons take a value out of the trail."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.audit.sealing import seal_entries
from core.models import AuditEntry, AuditRedaction
from tests.factories import make_member, make_trial

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"  # noqa: S105
STRAY = "Zq Strayname"


@pytest.fixture
def trial():
    trial = make_trial()
    trial.title_en = STRAY
    trial.save()
    seal_entries(at=timezone.now())
    return trial


@pytest.fixture
def entry(trial):
    return AuditEntry.objects.of_row(trial).last()


def client_of(trial, name, role="data-manager"):
    user = make_member(trial, role, username=name)
    user.set_password(PASSWORD)
    user.save()
    client = Client()
    client.force_login(user)
    return client


def trail(client):
    return client.get(reverse("reports:audit-trail", args=["small"])).content.decode()


def propose(client, entry, **values):
    address = reverse("reports:redaction-propose", args=["small", entry.pk])
    return client.post(address, {"field": "title_en", "reason": "a name"} | values)


def confirm(client, password=PASSWORD):
    pk = AuditRedaction.objects.get().pk
    address = reverse("reports:redaction-confirm", args=["small", pk])
    return client.post(address, {"password": password})


def test_one_proposes_and_another_confirms(trial, entry):
    anna, ben = client_of(trial, "anna"), client_of(trial, "ben")
    assert STRAY in trail(anna)
    assert propose(anna, entry).status_code == 302
    assert "Confirm redaction" not in trail(anna)
    assert "Confirm redaction" in trail(ben)

    refused = confirm(anna)
    assert refused.status_code == 422
    assert "Somebody else must confirm it." in refused.content.decode()
    wrong = confirm(ben, password="guess")  # noqa: S106
    assert (wrong.status_code, "not your password" in wrong.content.decode()) == (422, True)
    entry.refresh_from_db()
    assert entry.changes["title_en"][1] == STRAY

    assert confirm(ben).status_code == 302
    entry.refresh_from_db()
    assert entry.changes["title_en"] == ["redacted", "redacted"]
    text = trail(ben)
    assert STRAY not in text
    assert "(redacted)" in text
    assert confirm(ben).status_code == 404


def test_form_names_what_is_missing_and_keeps_what_was_typed(trial, entry):
    anna = client_of(trial, "anna")
    answer = propose(anna, entry, field="", reason="because of a name")
    assert answer.status_code == 422
    assert "Choose the field." in answer.content.decode()
    assert "because of a name" in answer.content.decode()
    assert propose(anna, entry, field="id").status_code == 422
    assert not AuditRedaction.objects.exists()


@pytest.mark.parametrize("role", ["monitor", "investigator", "coordinator"])
def test_other_roles_are_refused(trial, entry, role):
    assert propose(client_of(trial, "carl", role), entry).status_code == 403
    assert not AuditRedaction.objects.exists()


def test_administrator_redacts_what_is_about_people_only(trial, entry):
    olga = client_of(trial, "olga", "administrator")
    assert propose(olga, entry).status_code == 403
    grant = AuditEntry.objects.filter(table_name="core_user", action="insert").last()
    address = reverse("reports:redaction-propose", args=["small", grant.pk])
    assert olga.get(address).status_code == 200
