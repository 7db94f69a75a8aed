import pytest
from django.contrib.auth import authenticate

from tests.factories import make_user

PASSWORD = "a long one that nobody guesses"


@pytest.fixture
def sign_in(db):
    def attempt(password=PASSWORD, **values):
        make_user("anna", password=PASSWORD, **values)
        return authenticate(username="anna", password=password)

    return attempt


def test_person_signs_in_with_the_password_only(sign_in):
    assert sign_in(password="another") is None
    assert authenticate(username="anna", password=PASSWORD) is not None


def test_inactive_person_cannot_sign_in(sign_in):
    assert sign_in(is_active=False) is None


@pytest.mark.parametrize(("demo", "is_let_in"), [(True, True), (False, False)])
def test_demo_account_signs_in_to_the_demo_only(sign_in, settings, demo, is_let_in):
    settings.DEMO = demo
    assert (sign_in(is_demo=True) is not None) is is_let_in


def test_session_of_a_demo_account_ends_outside_the_demo(client, db, settings):
    settings.DEMO = True
    client.force_login(make_user(is_demo=True))
    assert client.get("/").status_code == 200
    settings.DEMO = False
    assert client.get("/").status_code == 302
