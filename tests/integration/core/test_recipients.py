"""Who gets which notice: named by the trial's administrator, and a warning where nobody is."""

import pytest

from core.models import AuditEntry, NoticeRecipient
from tests.factories import make_member, make_trial, make_user

LIST = "/trials/small/people/notices/"
UNBLINDING_GAP = "Nobody is named for notices of unblinding"
SERIOUS_GAP = "Nobody is named for notices of serious adverse events"


@pytest.fixture
def trial(db):
    return make_trial(is_blinded=True)


@pytest.fixture
def ada(trial):
    return make_member(trial, "administrator", username="ada")


@pytest.fixture
def office(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def mona(trial):
    return make_member(trial, "monitor", username="mona")


def name(office, person, kind="unblinding"):
    return office.post(LIST, {"user": person.pk, "kind": kind})


def text_of(office, where=LIST):
    return office.get(where).content.decode()


def test_administrator_names_a_person_and_the_trail_says_who_did(office, ada, mona):
    assert name(office, mona).status_code == 302
    named = NoticeRecipient.objects.get()
    assert (named.user, named.kind, named.trial.slug) == (mona, "unblinding", "small")
    assert AuditEntry.objects.of_row(named).last().actor_id == ada.pk
    assert "Mona" in text_of(office)


def test_nobody_is_named_twice_for_the_same(office, mona):
    name(office, mona)
    answer = name(office, mona)
    assert answer.status_code == 422
    assert "This person gets these notices already." in answer.content.decode()
    assert NoticeRecipient.objects.count() == 1


def test_only_people_with_a_role_in_the_trial_are_named(office):
    answer = name(office, make_user("stranger"))
    assert answer.status_code == 422
    assert "Notices go to people with a role in this trial." in answer.content.decode()
    assert not NoticeRecipient.objects.exists()


def test_closed_account_is_not_named(office, mona):
    mona.is_active = False
    mona.save()
    assert name(office, mona).status_code == 422


def test_people_page_warns_of_each_kind_until_somebody_is_named(office, mona):
    where = "/trials/small/people/"
    assert UNBLINDING_GAP in text_of(office, where)
    assert SERIOUS_GAP in text_of(office, where)
    name(office, mona)
    assert UNBLINDING_GAP not in text_of(office, where)
    name(office, mona, "serious-event")
    assert SERIOUS_GAP not in text_of(office, where)


def test_open_trial_is_not_warned_of_unblinding(office, trial):
    trial.is_blinded = False
    trial.save()
    text = text_of(office)
    assert SERIOUS_GAP in text
    assert UNBLINDING_GAP not in text


def test_warning_comes_back_when_the_named_person_leaves(office, mona):
    name(office, mona)
    mona.is_active = False
    mona.save()
    text = text_of(office)
    assert UNBLINDING_GAP in text
    assert "not told: no longer in the trial" in text


def test_removal_needs_a_reason_and_is_in_the_trail(office, ada, mona):
    name(office, mona)
    named = NoticeRecipient.objects.get()
    where = f"{LIST}{named.pk}/remove/"
    assert office.post(where, {"reason": ""}).status_code == 422
    assert NoticeRecipient.objects.exists()
    assert office.post(where, {"reason": "on leave"}).status_code == 302
    assert not NoticeRecipient.objects.exists()
    entry = AuditEntry.objects.of_row(named).last()
    assert (entry.actor_id, entry.reason) == (ada.pk, "on leave")


def test_administrator_of_one_site_changes_nothing_for_the_trial(client, trial, office, mona):
    name(office, mona)
    named = NoticeRecipient.objects.get()
    client.force_login(make_member(trial, "administrator", site="01"))
    assert name(client, mona, "lock-out").status_code == 422
    assert client.post(f"{LIST}{named.pk}/remove/", {"reason": "no"}).status_code == 422
    assert list(NoticeRecipient.objects.all()) == [named]


def test_recipient_of_another_trial_is_not_found(office, mona):
    other = make_trial("other")
    named = NoticeRecipient.objects.create(
        trial=other, user=make_member(other, "monitor"), kind="unblinding"
    )
    assert office.post(f"{LIST}{named.pk}/remove/", {"reason": "no"}).status_code == 404
    assert NoticeRecipient.objects.filter(pk=named.pk).exists()
