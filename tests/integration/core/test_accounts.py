"""Signing in, the password, and the administrator's pages of people."""

import pytest

from core.models import AuditEntry, User

PASSWORD = "correct horse battery"
NEW = "wrong donkey charger"


@pytest.fixture
def anna(db):
    return User.objects.create_user("anna", password=PASSWORD, full_name="Anna")


@pytest.fixture
def administrator(db):
    return User.objects.create_superuser("ada", full_name="Ada")


def last_entry(user):
    return AuditEntry.objects.of_row(user).last()


def test_wrong_password_is_422_and_says_so(client, anna):
    response = client.post("/sign-in/", {"username": "anna", "password": "guess"})
    assert response.status_code == 422
    assert "guess" not in response.text


def test_own_password_is_changed_under_the_persons_name(client, anna):
    client.force_login(anna)
    passwords = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert client.post("/password/", passwords).status_code == 302
    entry = last_entry(anna)
    assert (entry.actor_name, entry.source) == ("Anna", "web password_change")
    assert entry.changes == {"password": ["hidden", "hidden"]}


def test_new_password_that_is_wrong_is_422_and_shows_none(client, anna):
    client.force_login(anna)
    passwords = {"old_password": "guess-1", "new_password1": NEW, "new_password2": "guess-2"}
    response = client.post("/password/", passwords)
    assert response.status_code == 422
    assert "guess" not in response.text
    assert NEW not in response.text


def test_password_set_by_an_administrator_is_under_that_name(client, anna, administrator):
    client.force_login(administrator)
    passwords = {"usable_password": "true", "password1": NEW, "password2": NEW}
    response = client.post(f"/admin/core/user/{anna.pk}/password/", passwords)
    assert response.status_code == 302
    entry = last_entry(anna)
    assert (entry.actor_name, entry.reason) == ("Ada", "administration")


def test_rights_come_from_memberships_not_from_groups(client, administrator):
    client.force_login(administrator)
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/auth/group/").status_code == 404
