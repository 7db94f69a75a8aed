import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actions.people import grant_role
from core.models import AuditEntry, Membership, Site, Trial
from core.policies.people import check_independence
from core.refusals import Refused
from enrollment.models import Consent, Patient, Visit, VitalSigns
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_trial,
    make_user,
    open_visit,
    save_form,
)


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.mark.parametrize("code", ["01", ""], ids=["at a site", "in the trial"])
def test_database_holds_each_current_role_once(trial, code):
    user = make_member(trial, "monitor", site=code)
    again = {"user": user, "role": "monitor", "site": Site.objects.filter(code=code).first()}
    with pytest.raises(IntegrityError), transaction.atomic():
        trial.memberships.create(**again)
    user.memberships.update(revoked_at=timezone.now())
    trial.memberships.create(**again)


def test_roles_differ_by_site_and_name(trial):
    user = make_member(trial, "monitor", site="01")
    for role, code in (("monitor", "02"), ("monitor", ""), ("coordinator", "01")):
        site = Site.objects.filter(code=code).first()
        grant_role(user, role, by=None, trial=trial, site=site)
    assert user.memberships.count() == 4


def test_granting_again_changes_nothing_and_after_revoking_grants_anew(trial):
    user = make_member(trial, "monitor")
    before = AuditEntry.objects.count()
    grant_role(user, "monitor", by=None, trial=trial)
    assert AuditEntry.objects.count() == before
    user.memberships.update(revoked_at=timezone.now())
    grant_role(user, "monitor", by=None, trial=trial)
    assert Membership.objects.current_for(user).count() == 1
    assert user.memberships.count() == 2


@pytest.mark.parametrize(
    ("role", "foreign", "sentence"),
    [
        pytest.param("monitor", True, "Choose a site of this trial", id="site of another trial"),
        pytest.param("king", False, "not a valid choice", id="no such role"),
    ],
)
def test_impossible_role_is_refused(trial, role, foreign, sentence):
    site = make_trial("other").sites.first() if foreign else None
    with pytest.raises(ValidationError, match=sentence):
        grant_role(make_user(), role, by=None, trial=trial, site=site)
    assert not Membership.objects.exists()


def test_role_is_granted_by_a_person_in_the_trail(trial):
    by = make_user()
    membership = grant_role(make_user(), "monitor", by=by, trial=trial)
    assert AuditEntry.objects.of_row(membership).get().actor_id == by.pk


@pytest.fixture
def patients(trial):
    """One enrolled patient with a visit and a form at each site, and one in another trial."""
    found = {
        "01": make_enrolled_patient(trial),
        "02": make_enrolled_patient(trial, site="02"),
        "other": make_enrolled_patient(make_trial("other")),
    }
    for patient in found.values():
        save_form("vital-signs", open_visit(patient))
    return found


def seen(user):
    """The patients whose rows the person reaches, by model; the same for all."""
    reached = {
        frozenset(Patient.objects.visible_to(user)),
        frozenset(row.patient for row in Visit.objects.visible_to(user)),
        frozenset(row.patient for row in Consent.objects.visible_to(user)),
        frozenset(row.patient for row in VitalSigns.objects.visible_to(user)),
    }
    [patients] = reached
    return patients


def test_role_at_a_site_reaches_its_rows(trial, patients):
    assert seen(make_member(trial, "monitor", site="02")) == {patients["02"]}


def test_role_in_a_trial_reaches_the_rows_of_all_its_sites(trial, patients):
    assert seen(make_member(trial, "monitor")) == {patients["01"], patients["02"]}


def test_roles_in_two_trials_add_up(trial, patients):
    user = make_member(trial, "monitor", site="01")
    other = patients["other"].trial
    grant_role(user, "monitor", by=None, trial=other)
    assert seen(user) == {patients["01"], patients["other"]}
    assert set(Trial.objects.visible_to(user)) == {trial, other}


def test_revoked_role_and_inactive_account_reach_nothing(trial, patients):
    user = make_member(trial, "monitor")
    user.is_active = False
    assert seen(user) == frozenset()
    user.is_active = True
    user.memberships.update(revoked_at=timezone.now())
    assert seen(user) == frozenset()
    assert not Trial.objects.visible_to(user).exists()


def test_one_of_two_roles_revoked_leaves_the_other(trial, patients):
    user = make_member(trial, "monitor", site="01")
    grant_role(user, "monitor", by=None, trial=trial, site=Site.objects.get(trial=trial, code="02"))
    user.memberships.filter(site__code="01").update(revoked_at=timezone.now())
    assert seen(user) == {patients["02"]}


def test_superuser_reaches_no_patient_without_a_role(patients):
    assert seen(make_user(is_superuser=True)) == frozenset()


def test_in_trial_keeps_the_rows_of_one_trial(trial, patients):
    assert set(Patient.objects.in_trial(trial)) == {patients["01"], patients["02"]}
    assert Visit.objects.in_trial(patients["other"].trial).count() == 3


@pytest.mark.parametrize(
    ("had", "role"),
    [
        ("coordinator", "central-reader"),
        ("central-reader", "coordinator"),
        ("central-reader", "adjudicator"),
        ("adjudicator", "central-reader"),
        ("adjudicator", "investigator"),
        ("monitor", "adjudicator"),
    ],
)
def test_who_knows_the_patients_reads_no_scans_independently(trial, had, role):
    user = make_member(trial, had)
    with pytest.raises(Refused, match="nothing else of the patients"):
        check_independence(user, role, trial=trial)


def test_role_that_shows_no_patient_goes_with_reading_scans(trial):
    user = make_user()
    check_independence(user, "central-reader", trial=trial)
    grant_role(user, "central-reader", by=None, trial=trial)
    check_independence(user, "central-reader", trial=trial)
