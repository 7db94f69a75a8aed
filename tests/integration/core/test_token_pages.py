import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import ApiToken, AuditEntry
from tests.factories import make_member, make_token, make_trial, make_user

LIST, NEW = "/tokens/", "/tokens/new/"
VALUES = {"name": "my script", "trial": "small", "days": "30"}


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def person(client, trial):
    person = make_member(trial, "statistician", username="statistician")
    client.force_login(person)
    return person


def secret_in(response):
    return re.search(r'value="([0-9a-f]{32})"', response.content.decode())[1]


@pytest.mark.parametrize("address", [LIST, NEW, "/tokens/1/revoke/"])
def test_pages_ask_for_a_login(client, db, address):
    assert "/sign-in/" in client.get(address)["Location"]


def test_list_without_tokens_leads_to_the_form(client, person):
    assert f'href="{NEW}"' in client.get(LIST).content.decode()


def test_form_offers_the_person_s_trials_only(client, person):
    make_trial("other")
    text = client.get(NEW).content.decode()
    assert 'value="small"' in text
    assert 'value="other"' not in text


def test_form_chooses_the_trial_that_the_link_names(client, person):
    other = make_trial("other")
    other.memberships.create(user=person, role="statistician")
    assert '<option value="small" selected>' in client.get(f"{NEW}?trial=small").content.decode()


def test_created_token_is_shown_once_and_works(client, person):
    response = client.post(NEW, VALUES)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    secret = secret_in(response)
    client.logout()
    answer = client.get(
        "/api/v1/trials/small/tables/", headers={"Authorization": f"Token {secret}"}
    )
    assert answer.status_code == 200
    client.force_login(person)
    text = client.get(LIST).content.decode()
    assert "my script" in text
    assert secret not in text


def test_only_a_fingerprint_is_stored(client, person):
    secret = secret_in(client.post(NEW, VALUES))
    stored = ApiToken.objects.values().get()
    assert secret not in str(stored)
    assert not AuditEntry.objects.filter(changes__icontains=secret).exists()
    assert not AuditEntry.objects.filter(changes__icontains=stored["digest"]).exists()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"days": "0"}, 422, id="no day"),
        pytest.param({"days": "1"}, 200, id="one day"),
        pytest.param({"days": "365"}, 200, id="a year"),
        pytest.param({"days": "366"}, 422, id="more than a year"),
        pytest.param({"days": "soon"}, 422, id="no number"),
        pytest.param({"name": " "}, 422, id="no name"),
        pytest.param({"trial": "other"}, 422, id="trial without a role"),
    ],
)
def test_form_refuses_what_is_wrong_and_keeps_what_was_typed(client, person, change, status):
    make_trial("other")
    response = client.post(NEW, VALUES | change)
    assert response.status_code == status
    assert ApiToken.objects.count() == (status == 200)
    if status == 422:
        text = response.content.decode()
        assert "No token was created" in text
        assert ("my script" in text) is ("name" not in change)


def test_revoking_asks_first_and_then_ends_the_token(client, person, trial):
    secret = make_token(person, trial)
    token = ApiToken.objects.get()
    address = f"/tokens/{token.pk}/revoke/"
    assert "Revoke" in client.get(address).content.decode()
    token.refresh_from_db()
    assert token.revoked_at is None
    response = client.post(address)
    assert (response.status_code, response["Location"]) == (302, LIST)
    assert "revoked" in client.get(LIST).content.decode()
    client.logout()
    answer = client.get("/api/v1/trials/", headers={"Authorization": f"Token {secret}"})
    assert answer.status_code == 401


def test_revoking_twice_keeps_the_first_time(client, person, trial):
    make_token(person, trial)
    address = f"/tokens/{ApiToken.objects.get().pk}/revoke/"
    client.post(address)
    first = ApiToken.objects.get().revoked_at
    client.post(address)
    assert ApiToken.objects.get().revoked_at == first


def test_another_person_s_token_is_404(client, person, trial):
    make_token(make_member(trial, "statistician"), trial, name="not yours")
    token = ApiToken.objects.get()
    assert "not yours" not in client.get(LIST).content.decode()
    assert client.post(f"/tokens/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_creation_and_end_of_a_token_are_audited_as_the_person_s(client, person):
    client.post(NEW, VALUES)
    token = ApiToken.objects.get()
    client.post(f"/tokens/{token.pk}/revoke/")
    created, revoked = AuditEntry.objects.of_row(token)
    assert (created.action, created.actor_id) == ("insert", person.pk)
    assert created.changes["name"] == [None, "my script"]
    assert (revoked.action, revoked.actor_id) == ("update", person.pk)
    assert list(revoked.changes) == ["revoked_at"]


def test_last_use_is_noted_at_most_once_a_minute_and_not_audited(client, person, trial):
    secret = make_token(person, trial)
    client.logout()

    def use():
        client.get("/api/v1/", headers={"Authorization": f"Token {secret}"})
        return ApiToken.objects.get().last_used_at

    first = use()
    assert timezone.now() - first < timedelta(seconds=30)
    assert use() == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=1, seconds=1))
    assert use() > first
    assert AuditEntry.objects.of_row(ApiToken.objects.get()).count() == 1


def test_person_without_a_trial_is_told_so(client, db):
    client.force_login(make_user())
    response = client.post(NEW, VALUES)
    assert response.status_code == 422
    assert "Choose one of your trials." in response.content.decode()
