"""Signing in with password and second factor, and whom the second factor is asked of."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from core.models import AuditEntry, LockOut
from core.second_factor import PROTECTED_ROLES, is_required
from tests.factories import make_key, make_member, make_trial, make_user

PASSWORD = "a long one that nobody guesses"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _fresh_cache():
    """A code that was used once is remembered there."""
    cache.clear()


@pytest.fixture
def anna(db):
    return make_user("anna", password=PASSWORD)


@pytest.fixture
def with_app(anna):
    TOTP.activate(anna, SECRET)
    RecoveryCodes.activate(anna)
    return anna


def code(secret=SECRET):
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def give_password(client, password=PASSWORD, **values):
    return client.post("/sign-in/", {"username": "anna", "password": password} | values)


def give_code(client, given):
    return client.post("/second-factor/authenticate/", {"code": given})


def is_signed_in(client):
    return client.get("/").status_code == 200


def events(user):
    return list(AuditEntry.objects.of_row(user).exclude(event="").values_list("event", flat=True))


def test_password_alone_signs_in_who_has_no_second_factor(client, anna):
    assert give_password(client)["Location"] == "/"
    assert is_signed_in(client)
    assert events(anna) == ["sign-in"]
    client.post("/sign-out/")
    assert not is_signed_in(client)
    assert events(anna) == ["sign-in", "sign-out"]


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_wrong_password_unknown_name_and_locked_account_get_one_answer(client, anna, name):
    wrong = client.post("/sign-in/", {"username": name, "password": "guess"})
    for _time in range(5):
        give_password(Client(), "guess")
    locked = give_password(Client())
    assert (wrong.status_code, locked.status_code) == (422, 422)
    said = [re.search(r'id="refusal">(.*?)</form>', page.text, re.S)[1] for page in (wrong, locked)]
    hidden = re.compile(r'value="[^"]*"')
    assert hidden.sub("", said[0]) == hidden.sub("", said[1])


def test_sign_out_by_link_is_not_possible(client, anna):
    client.force_login(anna)
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)


def test_second_factor_is_asked_after_the_password(client, with_app):
    assert give_password(client)["Location"] == "/second-factor/authenticate/"
    assert not is_signed_in(client)
    assert client.get("/second-factor/authenticate/").status_code == 200
    assert give_code(client, code())["Location"] == "/"
    assert is_signed_in(client)


def test_code_works_once(client, with_app):
    given = code()
    give_password(client)
    give_code(client, given)
    second = Client()
    give_password(second)
    give_code(second, given)
    assert not is_signed_in(second)


def test_recovery_code_works_once(client, with_app):
    given = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for browser, expected in ((client, True), (Client(), False)):
        give_password(browser)
        give_code(browser, given)
        assert is_signed_in(browser) is expected


def test_five_wrong_codes_lock_the_account(client, with_app):
    give_password(client)
    for _time in range(5):
        assert give_code(client, "000000").status_code == 200
    assert LockOut.objects.filter(user=with_app).exists()
    page = give_code(client, code())
    assert "locked" in page.text
    assert not is_signed_in(client)
    assert events(with_app) == ["failed second factor"] * 5


def test_person_between_password_and_code_can_turn_back(client, with_app):
    give_password(client)
    client.post("/sign-out/")
    assert client.get("/sign-in/").status_code == 200
    assert give_code(client, code())["Location"].startswith("/sign-in/")


def test_second_factor_page_without_a_password_leads_to_the_sign_in(client, with_app):
    assert give_code(client, code())["Location"].startswith("/sign-in/")
    assert not is_signed_in(client)


def test_secret_of_the_app_is_stored_encrypted(with_app, settings):
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert SECRET not in stored
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 9
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code())


def test_app_is_set_up_in_the_browser_and_audited(client, anna, django_capture_on_commit_callbacks):
    give_password(client)
    page = client.get("/second-factor/totp/activate/")
    secret = re.search(r'value="([A-Z2-7]{32})"', page.text)[1]
    assert "<script>" not in page.text
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/second-factor/totp/activate/", {"code": code(secret)})
    assert "codes are left" in client.get("/second-factor/recovery-codes/").text
    assert events(anna) == ["sign-in", "second factor added", "second factor added"]
    assert anna.authenticator_set.get(type="totp").data["secret"] != secret


def test_setting_up_long_after_the_sign_in_asks_for_the_password_again(client, anna, settings):
    give_password(client)
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    where = client.get("/second-factor/totp/activate/")["Location"]
    assert where.startswith("/confirm/")
    assert client.post(where, {"password": "guess"}).status_code == 422
    assert events(anna)[-1] == "failed sign-in"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"],
)
def test_next_page_of_another_host_is_not_followed(client, anna, target):
    assert give_password(client, next=target)["Location"] == "/"
    assert client.post("/sign-out/", {"next": target})["Location"] == "/sign-in/"


def test_next_page_of_this_host_is_followed(client, anna):
    assert give_password(client, next="/tokens/")["Location"] == "/tokens/"


@pytest.mark.parametrize("path", ["/account/signup/", "/signup/", "/accounts/signup/"])
def test_nobody_signs_up(client, db, path):
    assert client.get(path).status_code in (302, 404)
    assert client.post(path, {"username": "eve"}).status_code in (302, 404)


def test_administration_has_no_sign_in_of_its_own(client, with_app):
    """It would ask for the password alone."""
    type(with_app).objects.update(is_staff=True, is_superuser=True)
    given = {"username": "anna", "password": PASSWORD, "next": "/admin/"}
    answer = client.post("/admin/login/", given)
    assert answer["Location"].startswith("/sign-in/")
    assert not is_signed_in(client)


def test_administration_refuses_who_is_no_staff(client, anna):
    client.force_login(anna)
    assert client.get("/admin/", follow=True).status_code == 403


class TestWhoNeedsOne:
    @pytest.fixture(autouse=True)
    def _as_in_production(self, settings):
        settings.MFA_REQUIRED = True

    def test_roles_that_sign_unblind_lock_or_administer(self):
        assert {str(role) for role in PROTECTED_ROLES} == {
            "investigator",
            "data-manager",
            "unblinded-pharmacist",
            "unblinded-statistician",
            "administrator",
        }

    @pytest.mark.parametrize(
        ("role", "first_page"),
        [("investigator", "/second-factor/"), ("coordinator", None)],
    )
    def test_person_is_led_to_set_one_up_before_anything_else(self, client, db, role, first_page):
        client.force_login(make_member(make_trial(), role))
        for path in ("/", "/trials/small/", "/tokens/", "/api/v1/"):
            assert client.get(path).get("Location") == first_page

    def test_way_to_set_it_up_and_way_out_stay_open(self, client, db):
        client.force_login(make_member(make_trial(), "investigator"))
        assert client.get("/second-factor/").status_code == 200
        assert client.get("/second-factor/totp/activate/").status_code == 200
        assert client.get("/password/").status_code == 200
        assert client.post("/sign-out/")["Location"] == "/sign-in/"

    def test_with_one_the_pages_open(self, client, db):
        person = make_member(make_trial(), "investigator")
        make_key(person)
        client.force_login(person)
        assert client.get("/").status_code == 200

    def test_recovery_codes_alone_are_none(self, client, db):
        person = make_member(make_trial(), "investigator")
        RecoveryCodes.activate(person)
        client.force_login(person)
        assert client.get("/")["Location"] == "/second-factor/"

    def test_superuser_needs_one(self, db):
        assert is_required(make_user(is_superuser=True))
        assert is_required(make_user(is_staff=True))

    def test_revoked_role_asks_for_none(self, db):
        person = make_member(make_trial(), "investigator")
        person.memberships.update(revoked_at=timezone.now())
        assert not is_required(person)

    @pytest.mark.parametrize(("demo", "needed"), [(True, False), (False, True)])
    def test_demo_account_needs_none_in_the_demo_only(self, db, settings, demo, needed):
        settings.DEMO = demo
        person = make_member(make_trial(), "investigator")
        person.is_demo = True
        assert is_required(person) is needed

    def test_last_one_cannot_be_removed_by_who_needs_it(self, client, anna, with_app):
        make_trial().memberships.create(user=anna, role="investigator")
        give_password(client)
        give_code(client, code())
        client.post("/second-factor/totp/deactivate/")
        assert Authenticator.objects.filter(type="totp").exists()
        anna.memberships.update(revoked_at=timezone.now())
        client.post("/second-factor/totp/deactivate/")
        assert not Authenticator.objects.exists()
        assert "second factor removed" in events(anna)
