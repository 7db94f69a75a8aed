"""What an administrator of a trial does to people, and what not."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.models import AuditEntry, LockOut, Membership, User
from core.permissions import Permission, has_permission
from tests.factories import make_key, make_member, make_session, make_token, make_trial, make_user

PASSWORD = "a long one that nobody guesses"
NINA = {"username": "nina", "full_name": "Nina New", "email": "nina@example.org"}


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def ada(trial):
    return make_member(trial, "administrator", username="ada")


@pytest.fixture
def office(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", site="01", username="carla")


def to(person, what):
    return f"/trials/small/people/{person.pk}/{what}/"


def change(office, person, what, reason="left the hospital"):
    return office.post(to(person, what), {"reason": reason})


def invite(office, **values):
    return office.post("/trials/small/people/invite/", NINA | {"role": "monitor"} | values)


def last(row):
    return AuditEntry.objects.of_row(row).last()


class TestInvitation:
    @pytest.fixture
    def link(self, office, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            invite(office, site="02")
        [letter] = mail.outbox
        assert letter.to == ["nina@example.org"]
        return re.search(r"http://testserver(/activate/\S+)", letter.body)[1]

    def choose(self, link, password=PASSWORD):
        browser = Client()
        page = browser.get(link, follow=True)
        if not page.redirect_chain:
            return browser, page
        where = page.redirect_chain[-1][0]
        answer = browser.post(where, {"new_password1": password, "new_password2": password})
        return browser, answer

    def test_account_has_one_role_at_one_site_and_no_password(self, link, ada):
        nina = User.objects.get(username="nina")
        [held] = nina.memberships.all()
        assert (held.role, held.site.code, held.granted_by) == ("monitor", "02", ada)
        assert not nina.has_usable_password()
        assert last(nina).actor_id == ada.pk

    def test_person_chooses_a_password_by_the_link_and_signs_in(self, link):
        assert "token" not in link
        browser, answer = self.choose(link)
        assert answer["Location"] == "/sign-in/"
        browser.post("/sign-in/", {"username": "nina", "password": PASSWORD})
        assert browser.get("/").status_code == 200
        nina = User.objects.get(username="nina")
        entries = AuditEntry.objects.of_row(nina).filter(changes__has_key="password")
        assert entries.last().actor_id == nina.pk

    def test_link_works_once(self, link):
        self.choose(link)
        _browser, page = self.choose(link, "another one, just as long")
        assert "no longer works" in page.text

    def test_link_ends(self, link, settings):
        settings.PASSWORD_RESET_TIMEOUT = -1
        assert "no longer works" in Client().get(link, follow=True).text

    def test_link_of_a_deactivated_account_does_nothing(self, link):
        User.objects.filter(username="nina").update(is_active=False)
        assert "no longer works" in Client().get(link, follow=True).text

    @pytest.mark.parametrize("password", ["short", "123456789012", "password1234", "nina@example"])
    def test_weak_password_is_refused(self, link, password):
        _browser, page = self.choose(link, password)
        assert page.status_code == 422
        assert not User.objects.get(username="nina").has_usable_password()

    def test_letter_names_the_site_of_the_settings_not_of_the_request(
        self, office, settings, django_capture_on_commit_callbacks
    ):
        settings.SITE_URL, settings.ALLOWED_HOSTS = "https://trials.example.org", ["*"]
        with django_capture_on_commit_callbacks(execute=True):
            office.post(
                "/trials/small/people/invite/",
                NINA | {"role": "monitor"},
                headers={"host": "evil.example"},
            )
        assert "https://trials.example.org/activate/" in mail.outbox[0].body
        assert "evil" not in mail.outbox[0].body


def test_request_for_another_host_is_refused(office, settings):
    settings.ALLOWED_HOSTS = ["trials.example.org"]
    assert office.get("/sign-in/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        pytest.param({"username": "CARLA"}, "taken", id="name that is taken"),
        pytest.param({"username": "an na"}, "valid username", id="no user name"),
        pytest.param({"role": "king"}, "valid choice", id="no such role"),
        pytest.param({"site": "99"}, "one of the trial", id="no such site"),
        pytest.param({"email": "nowhere"}, "email", id="no address"),
    ],
)
def test_impossible_invitation_adds_nobody(office, carla, values, sentence):
    before = User.objects.count()
    answer = invite(office, **values)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert User.objects.count() == before


def test_fields_that_the_page_does_not_have_change_nothing(office):
    """Mass assignment."""
    invite(
        office,
        is_superuser="on",
        is_staff="on",
        is_demo="on",
        password=PASSWORD,
        pk="1",
        id="1",
        trial="other",
    )
    nina = User.objects.get(username="nina")
    assert (nina.is_superuser, nina.is_staff, nina.is_demo) == (False, False, False)
    assert not nina.has_usable_password()


class TestRoles:
    def test_granted_and_revoked_with_who_and_why(self, office, ada, carla):
        office.post(
            "/trials/small/people/grant/", {"username": "carla", "role": "monitor", "site": "02"}
        )
        held = carla.memberships.get(role="monitor")
        assert (held.granted_by, held.site.code) == (ada, "02")
        path = f"/trials/small/people/roles/{held.pk}/"
        assert office.post(path, {"reason": ""}).status_code == 422
        office.post(path, {"reason": "only for a week"})
        assert not Membership.objects.current_for(carla).filter(role="monitor").exists()
        assert (last(held).actor_id, last(held).reason) == (ada.pk, "only for a week")
        assert office.post(path, {"reason": "again"}).status_code == 404

    def test_nobody_changes_their_own(self, office, ada):
        data = {"username": "ada", "role": "data-manager"}
        answer = office.post("/trials/small/people/grant/", data)
        assert answer.status_code == 422
        own = ada.memberships.get()
        answer = office.post(f"/trials/small/people/roles/{own.pk}/", {"reason": "x"})
        assert answer.status_code == 422
        assert [item.role for item in Membership.objects.current_for(ada)] == ["administrator"]

    @pytest.mark.parametrize(("site", "status"), [("01", 302), ("02", 422), ("", 422)])
    def test_administrator_of_a_site_grants_at_that_site_only(
        self, client, trial, carla, site, status
    ):
        client.force_login(make_member(trial, "administrator", site="01"))
        data = {"username": "carla", "role": "monitor", "site": site}
        assert client.post("/trials/small/people/grant/", data).status_code == status
        assert carla.memberships.filter(role="monitor").exists() is (status == 302)

    def test_role_of_another_trial_is_not_found(self, office):
        theirs = make_member(make_trial("other"), "coordinator").memberships.get()
        path = f"/trials/small/people/roles/{theirs.pk}/"
        assert office.post(path, {"reason": "x"}).status_code == 404
        theirs.refresh_from_db()
        assert theirs.revoked_at is None

    @pytest.mark.parametrize(
        ("first", "second"),
        [("coordinator", "unblinded-pharmacist"), ("unblinded-pharmacist", "coordinator")],
    )
    @pytest.mark.parametrize("revoked", [False, True])
    def test_who_knows_the_arms_has_no_blinded_role(self, client, first, second, revoked, db):
        trial = make_trial("blind", is_blinded=True)
        client.force_login(make_member(trial, "administrator"))
        person = make_member(trial, first, username="petra")
        if revoked:
            person.memberships.update(revoked_at=timezone.now())
        data = {"username": "petra", "role": second}
        answer = client.post("/trials/blind/people/grant/", data)
        assert answer.status_code == 422
        assert person.memberships.count() == 1


class TestAccounts:
    def test_deactivation_ends_sessions_and_tokens_at_once(self, office, ada, carla, trial):
        browser = Client()
        browser.force_login(carla)
        make_session(carla)
        secret = make_token(carla, trial)
        assert change(office, carla, "deactivate", reason="").status_code == 422
        change(office, carla, "deactivate")
        assert browser.get("/").status_code == 302
        call = Client().get("/api/v1/", headers={"authorization": f"Token {secret}"})
        assert call.status_code == 401
        assert carla.api_tokens.get().revoked_at is not None
        assert not carla.usersession_set.exists()
        entry = AuditEntry.objects.of_row(carla).filter(changes__has_key="is_active").last()
        assert (entry.actor_id, entry.reason) == (ada.pk, "left the hospital")

    def test_reactivation_gives_the_roles_back_and_no_token(self, office, carla, trial):
        make_token(carla, trial)
        change(office, carla, "deactivate")
        assert "deactivated" in office.get("/trials/small/people/").text
        change(office, carla, "reactivate", "is back")
        carla.refresh_from_db()
        assert has_permission(carla, Permission.RECORD_EDIT, trial=trial)
        assert carla.api_tokens.get().revoked_at is not None

    def test_unlocking(self, office, carla):
        now = timezone.now()
        LockOut.objects.create(user=carla, at=now, until=now + timedelta(minutes=15))
        assert "locked" in office.get("/trials/small/people/").text
        change(office, carla, "unlock", "known by telephone")
        assert LockOut.objects.get().lifted_by.username == "ada"

    def test_second_factor_is_reset_and_the_reset_audited(self, office, carla):
        make_key(carla)
        change(office, carla, "reset-factor", "lost the key")
        assert not Authenticator.objects.exists()
        assert "second factor reset" in AuditEntry.objects.of_row(carla).values_list(
            "event", flat=True
        )

    def test_letter_goes_to_the_address_of_the_account(
        self, office, carla, django_capture_on_commit_callbacks
    ):
        assert change(office, carla, "letter").status_code == 422  # there is no address
        User.objects.filter(pk=carla.pk).update(email="carla@example.org")
        with django_capture_on_commit_callbacks(execute=True):
            change(office, carla, "letter", "forgot the password")
        assert mail.outbox[0].to == ["carla@example.org"]

    @pytest.mark.parametrize("what", ["deactivate", "letter", "reset-factor"])
    @pytest.mark.parametrize("beyond", ["other trial", "superuser", "staff", "own"])
    def test_account_that_reaches_further_is_not_changed(self, office, ada, carla, what, beyond):
        person = ada if beyond == "own" else carla
        if beyond == "other trial":
            make_trial("other").memberships.create(user=carla, role="coordinator")
        User.objects.filter(pk=person.pk).update(
            is_superuser=beyond == "superuser", is_staff=beyond == "staff", email="c@example.org"
        )
        make_key(person)
        assert change(office, person, what).status_code == 422
        person.refresh_from_db()
        assert person.is_active
        assert Authenticator.objects.exists()
        assert not mail.outbox

    def test_person_without_a_role_here_is_not_found(self, office):
        for stranger in (make_user(), make_member(make_trial("other"), "coordinator")):
            for what in ("", "deactivate", "letter", "training"):
                path = to(stranger, what).replace("//", "/")
                assert office.get(path).status_code == 404
                assert office.post(path, {"reason": "x"}).status_code in (404, 405)


def test_people_are_listed_in_few_queries(office, trial, carla, django_assert_max_num_queries):
    for number in range(10):
        make_member(trial, "monitor", username=f"monitor{number}")
    office.get("/trials/small/people/")
    with django_assert_max_num_queries(13):
        page = office.get("/trials/small/people/")
    assert page.text.count("monitor") >= 10
