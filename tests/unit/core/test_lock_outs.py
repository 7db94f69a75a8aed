"""Five failures within a quarter of an hour lock an account for a quarter of an hour."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.actions.lock_outs import FAILED_SIGN_IN, lift_lock_out, lock_out_of, note_failure
from core.models import AuditEntry, LockOut, Notice, NoticeKind, NoticeRecipient
from core.reauthentication import check_fresh
from core.refusals import Refused
from tests.factories import make_member, make_trial, make_user

PASSWORD = "a long one that nobody guesses"


@pytest.fixture
def anna(db):
    return make_user("anna", password=PASSWORD, email="anna@example.org")


def fail(times, name="anna"):
    for _time in range(times):
        assert authenticate(username=name, password="guess") is None


def end(*, seconds_ago):
    """As if the lock-out had begun earlier."""
    until = timezone.now() - timedelta(seconds=seconds_ago)
    LockOut.objects.update(at=until - timedelta(minutes=15), until=until)


def can_sign_in():
    return authenticate(username="anna", password=PASSWORD) is not None


@pytest.mark.parametrize(
    ("failures", "is_let_in"),
    [pytest.param(4, True, id="four"), pytest.param(5, False, id="five")],
)
def test_fifth_failure_locks(anna, failures, is_let_in):
    fail(failures)
    assert can_sign_in() is is_let_in
    assert LockOut.objects.exists() is not is_let_in


def test_lock_out_ends_after_a_quarter_of_an_hour(anna):
    fail(5)
    LockOut.objects.update(until=timezone.now() + timedelta(seconds=5))
    assert not can_sign_in()
    end(seconds_ago=5)
    assert can_sign_in()


@pytest.mark.parametrize(
    ("minutes", "is_locked"),
    [
        pytest.param(14, True, id="all within the window"),
        pytest.param(16, False, id="the first four before it"),
    ],
)
def test_failures_count_for_a_quarter_of_an_hour(anna, minutes, is_locked):
    fail(4)
    later = timezone.now() + timedelta(minutes=minutes)
    note_failure(anna, FAILED_SIGN_IN, by=None, now=later)
    assert (lock_out_of(anna, now=later) is not None) is is_locked


def test_signing_in_begins_the_count_anew(client, anna):
    fail(4)
    client.force_login(anna)
    fail(4)
    assert can_sign_in()
    fail(1)
    assert not can_sign_in()


def test_guessing_at_a_locked_account_neither_prolongs_nor_repeats_the_lock_out(anna):
    fail(5)
    [first] = LockOut.objects.all()
    fail(5)
    assert LockOut.objects.get().until == first.until
    assert AuditEntry.objects.of_row(anna).filter(event=FAILED_SIGN_IN).count() == 10
    end(seconds_ago=0)
    fail(4)
    assert can_sign_in()


def test_failures_of_others_and_of_nobody_lock_nobody(anna):
    make_user("berta")
    fail(4, "berta")
    fail(9, "nobody")
    fail(1)
    assert not LockOut.objects.exists()


def test_person_and_named_people_of_the_persons_trials_are_told(
    anna, django_capture_on_commit_callbacks
):
    trial, other = make_trial(), make_trial("other")
    trial.memberships.create(user=anna, role="coordinator")
    for place in (trial, other):
        named = make_member(place, "administrator")
        named.email = f"{place.slug}@example.org"
        named.save()
        NoticeRecipient.objects.create(trial=place, user=named, kind=NoticeKind.LOCK_OUT)
    with django_capture_on_commit_callbacks(execute=True):
        fail(6)
    assert {letter.to[0] for letter in mail.outbox} == {"anna@example.org", "small@example.org"}
    assert all("Account locked: anna" in letter.subject for letter in mail.outbox)
    assert Notice.objects.filter(kind=NoticeKind.LOCK_OUT).count() == 2


def test_administrator_unlocks_with_a_reason_that_is_audited(anna):
    fail(5)
    by = make_user("ada")
    lift_lock_out(anna, by=by, reason="known by telephone", now=timezone.now())
    assert can_sign_in()
    entry = AuditEntry.objects.of_row(LockOut.objects.get()).last()
    assert (entry.actor_id, entry.reason) == (by.pk, "known by telephone")


def test_unlocking_counts_anew(anna):
    fail(5)
    lift_lock_out(anna, by=make_user("ada"), reason="known", now=timezone.now())
    fail(4)
    assert can_sign_in()


def test_unlocking_what_is_open_and_unlocking_oneself_is_refused(anna):
    with pytest.raises(Refused, match="not locked"):
        lift_lock_out(anna, by=make_user("ada"), reason="known", now=timezone.now())
    fail(5)
    with pytest.raises(Refused, match="another administrator"):
        lift_lock_out(anna, by=anna, reason="it was me", now=timezone.now())
    assert not can_sign_in()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"until": timedelta()}, id="ends as it starts"),
        pytest.param({"lifted_at": timedelta(minutes=1)}, id="lifted by nobody"),
    ],
)
def test_impossible_lock_out_is_refused_by_the_database(anna, values):
    now = timezone.now()
    times = {"until": timedelta(minutes=15)} | values
    with pytest.raises(IntegrityError), transaction.atomic():
        LockOut.objects.create(
            user=anna, at=now, **{name: now + value for name, value in times.items()}
        )


class TestSigning:
    def test_right_password_passes_and_leaves_nothing(self, anna):
        before = AuditEntry.objects.count()
        check_fresh(anna, PASSWORD)
        assert AuditEntry.objects.count() == before

    def test_wrong_password_is_refused_and_audited_under_the_persons_name(self, anna, rf):
        with pytest.raises(Refused, match="not your password"):
            check_fresh(anna, "guess", request=rf.post("/", REMOTE_ADDR="192.0.2.7"))
        entry = AuditEntry.objects.of_row(anna).last()
        assert (entry.event, entry.actor_id) == ("failed signature authentication", anna.pk)
        assert entry.changes == {"address": "192.0.2.7"}

    def test_no_password_is_refused_and_counts_for_nothing(self, anna):
        before = AuditEntry.objects.count()
        with pytest.raises(Refused, match="Enter your password"):
            check_fresh(anna, "")
        assert AuditEntry.objects.count() == before

    def test_failures_at_signing_and_at_signing_in_count_together(self, anna):
        fail(3)
        with pytest.raises(Refused, match="not your password"):
            check_fresh(anna, "guess")
        with pytest.raises(Refused, match="locked until"):
            check_fresh(anna, "guess")
        with pytest.raises(Refused, match="locked until"):
            check_fresh(anna, PASSWORD)
        assert not can_sign_in()

    def test_deactivated_account_signs_nothing(self, anna):
        type(anna).objects.update(is_active=False)
        with pytest.raises(Refused, match="deactivated"):
            check_fresh(anna, PASSWORD)

    def test_demo_account_signs_in_the_demo_only(self, anna, settings):
        type(anna).objects.update(is_demo=True)
        with pytest.raises(Refused, match="deactivated"):
            check_fresh(anna, PASSWORD)
        settings.DEMO = True
        check_fresh(anna, PASSWORD)

    def test_asking_inside_a_transaction_is_an_error_of_the_caller(self, anna):
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            check_fresh(anna, PASSWORD)
