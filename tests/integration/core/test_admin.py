"""The administrator's pages change people and roles only, and say so in the trail."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse

from core.actions.people import grant_role
from core.audit.triggers import APPS
from core.models import AuditEntry, Membership, Site, Trial, User
from tests.factories import make_enrolled_patient, make_member, make_trial, make_user

PASSWORD = "a long one that nobody guesses"
OURS = [model for model in admin.site._registry if model._meta.app_label in APPS]


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def person(trial):
    return make_member(trial, "monitor", username="monika")


@pytest.fixture
def administrator(db):
    return make_user("adam", is_staff=True, is_superuser=True)


@pytest.fixture
def office(administrator):
    """The administrator's browser."""
    client = Client()
    client.force_login(administrator)
    return client


def page(row_or_model, what, *arguments):
    meta = row_or_model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{what}", args=arguments)


def test_no_clinical_table_is_in_the_administration():
    assert set(OURS) == {User, Membership, Trial, Site, AuditEntry}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_nothing_can_be_removed(office, person, model):
    row = model.objects.order_by("pk").first()
    assert office.post(page(row, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    office.post(page(model, "changelist"), chosen)
    assert model.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize("model", [Trial, Site, AuditEntry], ids=lambda model: model.__name__)
def test_what_is_only_looked_at_cannot_be_added_or_changed(office, person, model):
    row = model.objects.order_by("pk").first()
    values = model.objects.filter(pk=row.pk).values().get()
    assert office.get(page(row, "changelist")).status_code == 200
    assert office.get(page(row, "change", row.pk)).status_code == 200
    assert office.post(page(row, "change", row.pk), {"slug": "x", "code": "9"}).status_code == 403
    assert office.post(page(row, "add"), {"slug": "x", "code": "9"}).status_code == 403
    assert model.objects.filter(pk=row.pk).values().get() == values


def test_change_of_a_person_is_the_administrator_s_in_the_trail(office, administrator, person):
    data = {"username": "monika", "full_name": "Monika New", "language": "en", "is_active": "on"}
    assert office.post(page(person, "change", person.pk), data).status_code == 302
    entry = AuditEntry.objects.of_row(person).last()
    assert entry.changes == {"full_name": ["Monika", "Monika New"]}
    assert (entry.actor_id, entry.reason) == (administrator.pk, "administration")
    assert entry.source == "web admin:core_user_change"


def test_added_person_is_the_administrator_s_in_the_trail(office, administrator):
    data = {
        "username": "nina",
        "full_name": "Nina",
        "email": "nina@example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    response = office.post(page(User, "add"), data)
    assert response.status_code == 302
    entry = AuditEntry.objects.of_row(User.objects.get(username="nina")).first()
    assert (entry.action, entry.actor_id) == ("insert", administrator.pk)
    assert entry.changes["password"] == ["hidden", "hidden"]


def test_password_set_for_a_person_is_the_administrator_s_in_the_trail(
    office, administrator, person
):
    data = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    response = office.post(reverse("admin:auth_user_password_change", args=[person.pk]), data)
    assert response.status_code == 302
    entry = AuditEntry.objects.of_row(person).last()
    assert entry.changes == {"password": ["hidden", "hidden"]}
    assert entry.actor_id == administrator.pk


@pytest.mark.parametrize("route", ["password_change", "admin:password_change"])
def test_own_password_is_changed_by_the_person_in_the_trail(client, person, route):
    person.set_password(PASSWORD)
    person.is_staff = True
    person.save()
    client.force_login(person)
    new = "another one, just as long"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert client.post(reverse(route), data).status_code == 302
    entry = AuditEntry.objects.of_row(person).last()
    assert entry.changes == {"password": ["hidden", "hidden"]}
    assert entry.actor_id == person.pk


def test_role_is_granted_and_revoked_by_the_administrator(office, administrator, trial, person):
    data = {"user": person.pk, "trial": trial.pk, "role": "coordinator", "site": ""}
    assert office.post(page(Membership, "add"), data).status_code == 302
    membership = Membership.objects.get(role="coordinator")
    end = {"revoked_at_0": "2026-07-01", "revoked_at_1": "12:00:00"}
    assert office.post(page(membership, "change", membership.pk), data | end).status_code == 302
    granted, revoked = AuditEntry.objects.of_row(membership)
    assert (granted.actor_id, revoked.actor_id) == (administrator.pk,) * 2
    assert list(revoked.changes) == ["revoked_at"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"site": "foreign"}, "Choose a site of this trial.", id="foreign site"),
        pytest.param({"role": "monitor"}, "holds this role in this trial already", id="twice"),
    ],
)
def test_impossible_role_is_refused_beside_the_field(office, trial, person, change, sentence):
    foreign = make_trial("other").sites.first()
    data = {"user": person.pk, "trial": trial.pk, "role": "coordinator", "site": ""} | change
    data["site"] = foreign.pk if data["site"] else ""
    response = office.post(page(Membership, "add"), data)
    assert response.status_code == 200
    assert sentence in response.text
    assert Membership.objects.filter(user=person).count() == 1


def test_administration_shows_no_patient(office, trial):
    patient = make_enrolled_patient(trial)
    for model in OURS:
        assert patient.number not in office.get(page(model, "changelist")).text


def test_administration_shows_no_value_of_the_trail(office, trial, person):
    """The administrator may be blinded, or of another hospital."""
    patient = make_enrolled_patient(trial)
    entry = AuditEntry.objects.of_row(patient).last()
    shown = office.get(page(AuditEntry, "change", entry.pk)).text
    assert "enrollment_patient" in shown
    assert patient.number not in shown
    assert "changes" not in shown


def test_staff_without_the_right_change_nobody(client, person):
    staff = make_user(is_staff=True)
    client.force_login(staff)
    assert client.get(page(User, "changelist")).status_code == 403
    assert client.post(page(person, "change", person.pk), {"full_name": "x"}).status_code == 403


def test_person_without_staff_access_is_sent_to_sign_in(client, person):
    client.force_login(person)
    assert client.get(page(User, "changelist")).status_code == 302


def roles_of(person):
    return set(person.memberships.values_list("role", flat=True))


def test_operator_grants_nobody_a_role_against_the_blinding(office, person):
    blinded = make_trial("blinded", is_blinded=True)
    grant_role(person, "monitor", by=None, trial=blinded)
    data = {"user": person.pk, "trial": blinded.pk, "role": "unblinded-pharmacist", "site": ""}
    response = office.post(page(Membership, "add"), data)
    assert response.status_code == 200
    assert "had a blinded role here and cannot be told the arms" in response.text
    assert "unblinded-pharmacist" not in roles_of(person)


def test_operator_grants_themselves_no_role(office, administrator, trial):
    data = {"user": administrator.pk, "trial": trial.pk, "role": "administrator", "site": ""}
    response = office.post(page(Membership, "add"), data)
    assert "Nobody changes their own roles" in response.text
    assert roles_of(administrator) == set()


def test_role_that_was_granted_becomes_no_other_one(office, administrator, trial, person):
    held = person.memberships.get()
    data = {"user": administrator.pk, "trial": trial.pk, "role": "administrator", "site": ""}
    assert office.post(page(held, "change", held.pk), data).status_code == 302
    held.refresh_from_db()
    assert (held.user, held.role) == (person, "monitor")


def test_role_that_ended_does_not_come_back(office, person):
    held = person.memberships.get()
    end = {"revoked_at_0": "2026-07-01", "revoked_at_1": "12:00:00"}
    office.post(page(held, "change", held.pk), end)
    office.post(page(held, "change", held.pk), {"revoked_at_0": "", "revoked_at_1": ""})
    held.refresh_from_db()
    assert held.revoked_at is not None


@pytest.mark.parametrize("model", ["mfa_authenticator", "usersessions_usersession"])
def test_second_factors_and_sessions_are_not_in_the_administration(model):
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{model}_changelist")


@pytest.fixture
def clerk(db):
    """Staff who may change accounts, and do not run the system."""
    clerk = make_user("clerk", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    return clerk


def test_clerk_makes_nobody_an_operator(client, clerk, person):
    client.force_login(clerk)
    data = {"username": "monika", "full_name": "M", "language": "en", "is_active": "on"}
    ranks = {"is_staff": "on", "is_superuser": "on"}
    assert client.post(page(person, "change", person.pk), data | ranks).status_code == 302
    person.refresh_from_db()
    assert (person.full_name, person.is_staff, person.is_superuser) == ("M", False, False)


def test_clerk_changes_no_operator(client, clerk, administrator):
    client.force_login(clerk)
    data = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    before = administrator.password
    where = reverse("admin:auth_user_password_change", args=[administrator.pk])
    assert client.post(where, data).status_code == 403
    administrator.refresh_from_db()
    assert administrator.password == before
