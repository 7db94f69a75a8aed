"""The matrix of roles at every address is in tests/integration/test_authorization.py."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone

from core.middleware import PermissionMiddleware
from core.models import Site
from core.models.membership import Role
from core.permissions import (
    ROLE_PERMISSIONS,
    Permission,
    has_permission,
    permissions_in,
    require_permission,
    role_names,
    roles_with,
    sites_where,
)
from core.remembered import remember_memberships
from tests.factories import make_member, make_trial, make_user

ENTER = Permission.RECORD_EDIT


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def sites(trial):
    return {site.code: site for site in trial.sites.all()}


def test_every_role_has_a_row_and_every_permission_a_role():
    assert set(ROLE_PERMISSIONS) == set(Role)
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == set(Permission)


def test_only_those_who_see_patients_at_their_site_enter_records():
    assert set(roles_with(ENTER)) == {Role.COORDINATOR, Role.INVESTIGATOR}


def test_role_at_a_site_holds_there_and_in_its_trial(trial, sites):
    user = make_member(trial, "coordinator", site="01")
    assert has_permission(user, ENTER, site=sites["01"])
    assert has_permission(user, ENTER, trial=trial)
    assert has_permission(user, ENTER)
    assert not has_permission(user, ENTER, site=sites["02"])


def test_role_in_a_trial_holds_at_all_of_its_sites_and_at_no_other(trial, sites):
    other = make_trial("other")
    user = make_member(trial, "coordinator")
    assert all(has_permission(user, ENTER, site=site) for site in sites.values())
    assert not has_permission(user, ENTER, site=other.sites.first())
    assert not has_permission(user, ENTER, trial=other)


def test_role_without_the_permission_does_not_grant_it(trial, sites):
    user = make_member(trial, "monitor")
    assert has_permission(user, Permission.PATIENT_VIEW, site=sites["01"])
    assert not has_permission(user, ENTER, site=sites["01"])


def test_role_at_one_site_does_not_lend_itself_to_another(trial, sites):
    user = make_member(trial, "monitor")
    trial.memberships.create(user=user, role="coordinator", site=sites["01"])
    assert has_permission(user, ENTER, site=sites["01"])
    assert not has_permission(user, ENTER, site=sites["02"])
    assert list(sites_where(user, ENTER)) == [sites["01"]]


def revoke(user):
    user.memberships.update(revoked_at=timezone.now())


def deactivate(user):
    user.is_active = False


@pytest.mark.parametrize("end", [revoke, deactivate])
def test_permission_ends_with_role_or_account(trial, sites, end):
    user = make_member(trial, "coordinator")
    end(user)
    assert not has_permission(user, ENTER, site=sites["01"])
    assert not sites_where(user, ENTER).exists()
    assert permissions_in(user, trial) == frozenset()
    assert role_names(user) == ""


def test_superuser_without_a_role_may_do_nothing(trial, sites):
    user = make_user(is_superuser=True, is_staff=True)
    assert not has_permission(user, Permission.PATIENT_VIEW, site=sites["01"])


def test_unknown_visitor_may_do_nothing(trial):
    assert not has_permission(AnonymousUser(), Permission.PATIENT_VIEW, trial=trial)


def test_require_permission_says_who_can_help(trial):
    user = make_member(trial, "monitor")
    require_permission(user, Permission.PATIENT_VIEW, trial=trial)
    with pytest.raises(PermissionDenied, match="An administrator of the trial can change roles"):
        require_permission(user, ENTER, trial=trial)


def test_sites_where_a_role_in_the_trial_holds_are_all(trial, sites):
    make_trial("other")
    found = sites_where(make_member(trial, "coordinator"), ENTER)
    assert set(found) == set(sites.values())


def test_permissions_in_a_trial_are_those_of_all_roles_there(trial, sites):
    user = make_member(trial, "statistician", site="01")
    trial.memberships.create(user=user, role="coordinator", site=sites["02"])
    expected = ROLE_PERMISSIONS[Role.STATISTICIAN] | ROLE_PERMISSIONS[Role.COORDINATOR]
    assert permissions_in(user, trial) == expected
    assert permissions_in(user, make_trial("other")) == frozenset()


def test_names_of_roles_are_sorted_and_said_once(trial, sites):
    user = make_member(trial, "monitor", site="01")
    for role, site in (("monitor", sites["02"]), ("coordinator", None)):
        trial.memberships.create(user=user, role=role, site=site)
    assert role_names(user) == "coordinator, monitor"


def test_asking_takes_one_query(trial, sites, django_assert_num_queries):
    user = make_member(trial, "coordinator")
    with django_assert_num_queries(1):
        has_permission(user, ENTER, site=sites["01"])
    with django_assert_num_queries(1):
        permissions_in(user, trial)
    assert Site.objects.count() == 2


def test_what_a_person_may_do_is_asked_for_once_while_it_is_remembered(
    trial, django_assert_num_queries
):
    person, other = make_member(trial, "coordinator"), make_member(trial, "monitor")
    with remember_memberships(), django_assert_num_queries(2):
        assert has_permission(person, ENTER, trial=trial)
        assert ENTER in permissions_in(person, trial)
        # Each person has their own.
        assert not has_permission(other, ENTER, trial=trial)
        assert not has_permission(other, ENTER, trial=trial)


def test_nothing_is_remembered_afterwards(trial):
    person = make_member(trial, "coordinator")
    with remember_memberships():
        assert has_permission(person, ENTER, trial=trial)
    person.memberships.update(revoked_at=timezone.now())
    assert not has_permission(person, ENTER, trial=trial)
    with remember_memberships():
        assert not has_permission(person, ENTER, trial=trial)


def test_only_a_request_that_changes_nothing_remembers(trial, rf, django_assert_num_queries):
    person = make_member(trial, "coordinator")

    def ask_twice(request):
        for _time in range(2):
            has_permission(person, ENTER, trial=trial)
        return HttpResponse()

    with django_assert_num_queries(1):
        PermissionMiddleware(ask_twice)(rf.get("/"))
    with django_assert_num_queries(2):
        PermissionMiddleware(ask_twice)(rf.post("/"))
