"""What is no change of a row leaves an event; the rest of what the trail must hold is a row's."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.actions.people import grant_role
from core.actions.sessions import note_time_outs
from core.models import AuditEntry, Membership
from core.sessions import TIME_OUT
from core.tasks import note_session_time_outs
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_token,
    make_trial,
    make_user,
    open_visit,
    save_form,
)

PASSWORD = "a long one that nobody guesses"


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def monika(trial):
    user = make_member(trial, "coordinator", username="monika")
    user.set_password(PASSWORD)
    user.save()
    return user


def events(name):
    return list(AuditEntry.objects.filter(event=name).order_by("pk"))


def sign_in(client, password=PASSWORD, name="monika", **headers):
    return client.post(
        reverse("account_login"), {"username": name, "password": password}, **headers
    )


def test_sign_in_and_sign_out_name_person_and_address(client, monika):
    sign_in(client)
    client.post(reverse("account_logout"))
    for name in ("sign-in", "sign-out"):
        [entry] = events(name)
        assert (entry.actor_id, entry.person_id) == (monika.pk, monika.pk)
        assert (entry.actor_role, entry.changes) == ("coordinator", {"address": "127.0.0.1"})


def test_failed_sign_in_names_the_account_but_nobody_as_actor(client, monika):
    sign_in(client, password="wrong")
    [entry] = events("failed sign-in")
    assert (entry.actor_id, entry.person_id) == (None, monika.pk)


def test_failed_sign_in_with_an_unknown_name_keeps_no_name(client, monika):
    sign_in(client, name=PASSWORD)
    [entry] = events("failed sign-in")
    assert entry.person_id is None
    assert PASSWORD not in str(entry.changes)


def test_address_is_the_proxy_s_word_only_behind_a_proxy(client, monika, settings):
    told = {"headers": {"X-Forwarded-For": "6.6.6.6, 10.1.2.3"}}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    sign_in(client, password="wrong", **told)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    sign_in(client, password="wrong", **told)
    addresses = [entry.changes["address"] for entry in events("failed sign-in")]
    assert addresses == ["127.0.0.1", "10.1.2.3"]


@pytest.fixture
def ran_out(client, monika):
    """Monika's browser, whose session ended an hour ago."""
    client.force_login(monika)
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=1))
    return client


def test_time_out_is_noted_when_the_person_comes_back(ran_out, monika):
    assert ran_out.get("/").status_code == 302
    [entry] = events(TIME_OUT)
    assert (entry.actor_name, entry.person_id) == ("system", monika.pk)
    assert "ran_out_at" in entry.changes
    ran_out.get("/")
    assert len(events(TIME_OUT)) == 1


def test_time_out_is_noted_when_nobody_comes_back(ran_out, monika):
    note_session_time_outs.delay()
    assert [entry.person_id for entry in events(TIME_OUT)] == [monika.pk]
    assert not Session.objects.exists()
    note_session_time_outs.delay()
    assert len(events(TIME_OUT)) == 1


@pytest.mark.parametrize(
    ("after_end", "count"),
    [
        pytest.param(timedelta(seconds=-1), 0, id="a second before the end"),
        pytest.param(timedelta(0), 1, id="at the end"),
    ],
)
def test_session_in_use_is_no_time_out(client, monika, after_end, count):
    client.force_login(monika)
    end = datetime(2026, 7, 1, tzinfo=UTC)
    Session.objects.update(expire_date=end)
    assert note_time_outs(now=end + after_end) == count


def test_session_of_nobody_ends_without_an_event(db):
    client = Client()
    client.session.save()
    Session.objects.update(expire_date=timezone.now() - timedelta(hours=1))
    assert note_time_outs(now=timezone.now()) == 0
    assert not Session.objects.exists()


def test_made_up_session_key_is_no_time_out(client, monika):
    client.cookies["sessionid"] = "x" * 32
    client.get("/")
    assert events(TIME_OUT) == []


def test_export_is_an_event_with_table_and_rows(client, trial):
    statistician = make_member(trial, "statistician")
    client.force_login(statistician)
    client.get(reverse("api:table-csv", args=["small", "visits"])).getvalue()
    [entry] = events("export")
    assert (entry.actor_id, entry.trial_id) == (statistician.pk, trial.pk)
    assert (entry.changes["table"], entry.changes["rows"]) == ("visits", 0)


def test_role_granted_and_revoked_is_on_record(trial, monika):
    person = make_user("nina")
    grant_role(person, "monitor", by=monika, trial=trial)
    Membership.objects.filter(user=person).update(revoked_at=timezone.now())
    held = AuditEntry.objects.filter(table_name="core_membership", person_id=person.pk)
    granted, revoked = held.order_by("pk")
    assert granted.changes["role"] == [None, "monitor"]
    assert (granted.actor_id, granted.trial_id) == (monika.pk, trial.pk)
    assert list(revoked.changes) == ["revoked_at"]


def test_token_is_on_record_without_its_secret(trial, monika):
    make_token(monika, trial)
    [entry] = AuditEntry.objects.filter(table_name="core_apitoken")
    assert entry.changes["digest"] == ["hidden", "hidden"]


def test_second_factor_is_on_record_without_its_secret(monika):
    Authenticator.objects.create(user=monika, type="totp", data={"secret": "geheim"})
    [entry] = AuditEntry.objects.filter(table_name="mfa_authenticator")
    assert entry.changes["data"] == ["hidden", "hidden"]
    assert (entry.person_id, "geheim" in str(entry.changes)) == (monika.pk, False)


def test_change_of_state_is_on_record(trial, monika):
    visit = open_visit(make_enrolled_patient(trial, by=monika), key="C1D1", by=monika)
    record = save_form("vital-signs", visit, by=monika)
    entry = AuditEntry.objects.of_row(record).get()
    assert entry.changes["state"] == [None, "complete"]
