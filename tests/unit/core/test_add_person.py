import re

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from core.models import AuditEntry, Membership, User
from tests.factories import make_trial, make_user

PASSWORD = "a long one that nobody guesses"


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def add(monkeypatch, capsys):
    def run(*args, password=PASSWORD, **options):
        if password is None:
            monkeypatch.delenv("TRIALSITE_PASSWORD", raising=False)
        else:
            monkeypatch.setenv("TRIALSITE_PASSWORD", password)
        call_command("add_person", *args, **options)
        return capsys.readouterr().out

    return run


def test_account_and_role_at_all_sites(add, trial):
    printed = add("anna", name="Anna An", email="a@example.org", trial="small", role="monitor")
    user = User.objects.get()
    assert (user.full_name, user.email, user.is_staff, user.is_demo) == (
        "Anna An",
        "a@example.org",
        False,
        False,
    )
    [membership] = Membership.objects.current_for(user)
    assert (membership.trial, membership.site, membership.role) == (trial, None, "monitor")
    assert "all sites" in printed
    assert PASSWORD not in printed
    assert authenticate(username="anna", password=PASSWORD) == user


def test_role_at_one_site(add, trial):
    add("anna", trial="small", role="coordinator", site="02")
    assert Membership.objects.get().site.code == "02"


def test_account_without_a_role(add, db):
    add("anna")
    assert not Membership.objects.exists()


def test_made_password_is_printed_once_and_works(add, db):
    printed = add("anna", password=None)
    password = re.search(r"shown only now: (\S+)", printed)[1]
    assert authenticate(username="anna", password=password)


def test_invited_person_has_a_link_and_no_password(add, db, client, settings):
    settings.SITE_URL = "https://trials.example.org"
    printed = add("anna", "--invite")
    link = re.search(r"once: https://trials.example.org(/activate/\S+)", printed)[1]
    assert not User.objects.get().has_usable_password()
    assert "Choose a password" in client.get(link, follow=True).text


def test_person_who_is_there_gets_the_role_and_keeps_the_password(add, trial):
    make_user("anna", password=PASSWORD)
    for _time in range(2):
        add("anna", password="another one, just as long", trial="small", role="monitor")
    assert authenticate(username="anna", password=PASSWORD)
    assert Membership.objects.count() == 1


def test_trail_names_the_command(add, trial):
    add("anna", trial="small", role="monitor")
    for row in (User.objects.get(), Membership.objects.get()):
        entry = AuditEntry.objects.of_row(row).first()
        assert (entry.actor_name, entry.source) == ("system", "command add_person")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        pytest.param({"trial": "small"}, "together with a role", id="trial without role"),
        pytest.param({"role": "monitor"}, "together with a role", id="role without trial"),
        pytest.param({"site": "01"}, "together with a role", id="site without trial"),
        pytest.param({"trial": "x", "role": "monitor"}, "no trial x", id="unknown trial"),
        pytest.param(
            {"trial": "small", "role": "monitor", "site": "99"}, "no site 99", id="unknown site"
        ),
        pytest.param({"trial": "small", "role": "king"}, "invalid choice", id="unknown role"),
        pytest.param({"password": "short"}, "too short", id="short password"),
    ],
)
def test_wrong_call_adds_nobody(add, trial, options, sentence):
    given = options.pop("password", PASSWORD)
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with pytest.raises(CommandError, match=sentence):
        add("anna", *arguments, password=given)
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["", "an na", "x" * 151])
def test_impossible_user_name_is_refused(add, db, username):
    with pytest.raises(CommandError, match="username"):
        add(username)
    assert not User.objects.exists()
