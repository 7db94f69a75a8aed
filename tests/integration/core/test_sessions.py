"""A person's open sessions."""

import pytest
from django.test import Client

from core.models import AuditEntry
from tests.factories import make_session, make_user

PASSWORD = "a long one that nobody guesses"


@pytest.fixture
def anna(db):
    return make_user("anna", password=PASSWORD)


@pytest.fixture
def sign_in(anna):
    def browser(agent="Firefox on the ward"):
        client = Client(headers={"user-agent": agent})
        client.post("/sign-in/", {"username": "anna", "password": PASSWORD})
        return client

    return browser


def is_signed_in(client):
    return client.get("/").status_code == 200


def pks(client):
    return [session.pk for session in client.get("/sessions/").context["sessions"]]


def test_sessions_are_listed_with_browser_and_address(sign_in):
    own = sign_in()
    sign_in("Safari at home")
    page = own.get("/sessions/").text
    assert all(text in page for text in ("Firefox on the ward", "Safari at home", "127.0.0.1"))
    assert page.count("this one") == 1


def test_one_session_is_ended_and_the_end_audited(sign_in, anna):
    own, other = sign_in(), sign_in()
    newest = pks(own)[0]
    own.post(f"/sessions/{newest}/end/")
    assert is_signed_in(own)
    assert not is_signed_in(other)
    assert len(pks(own)) == 1
    entry = AuditEntry.objects.of_row(anna).last()
    assert (entry.event, entry.actor_id) == ("session ended", anna.pk)


def test_ending_the_own_session_leads_to_the_sign_in(sign_in):
    own = sign_in()
    [pk] = pks(own)
    assert own.post(f"/sessions/{pk}/end/")["Location"].startswith("/sign-in/")
    assert not is_signed_in(own)


def test_all_others_are_ended(sign_in):
    own, *others = (sign_in() for _number in range(3))
    own.post("/sessions/end-others/")
    assert is_signed_in(own)
    assert not any(is_signed_in(other) for other in others)


def test_session_of_somebody_else_is_not_ended(sign_in):
    theirs = make_session(make_user("berta"))
    assert sign_in().post(f"/sessions/{theirs.pk}/end/").status_code == 404
    assert theirs.exists()


def test_signed_out_session_is_no_longer_listed(sign_in):
    own = sign_in()
    sign_in().post("/sign-out/")
    assert len(pks(own)) == 1


def test_changed_password_ends_the_others_and_keeps_the_own_listed(sign_in):
    own, other = sign_in(), sign_in()
    new = "another one, just as long"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    own.post("/password/", data)
    assert is_signed_in(own)
    assert not is_signed_in(other)
    assert "this one" in own.get("/sessions/").text
