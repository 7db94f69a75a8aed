"""Notices: stored for each named person in their language, sent once, no end of a request."""

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.actions.notices import send_notice, store_notices
from core.actions.people import grant_role, revoke_role
from core.models import Notice, NoticeKind, NoticeRecipient
from core.tasks import send_notices
from tests.factories import make_member, make_trial, make_user

pytestmark = pytest.mark.django_db


def named(trial, username, language="en", email="somebody@example.org"):
    user = make_user(username, language=language, email=email)
    grant_role(user, "monitor", by=None, trial=trial)
    NoticeRecipient.objects.create(trial=trial, user=user, kind=NoticeKind.UNBLINDING)
    return user


def store(trial, **values):
    return store_notices(
        NoticeKind.UNBLINDING,
        trial=trial,
        subject=lambda: _("Patients"),
        text=lambda: "see the page",
        **values,
    )


def test_each_named_person_gets_it_in_their_language():
    trial = make_trial()
    named(trial, "ann")
    named(trial, "bo", language="zh-hans")
    store(trial)
    assert set(Notice.objects.values_list("user__username", "subject")) == {
        ("ann", "Patients"),
        ("bo", "患者"),
    }


def test_recipients_of_another_kind_get_nothing():
    trial = make_trial()
    member = make_member(trial, "monitor")
    NoticeRecipient.objects.create(trial=trial, user=member, kind=NoticeKind.LOCK_OUT)
    assert store(trial) == []


def test_who_left_the_trial_is_no_longer_told():
    trial = make_trial()
    ann = named(trial, "ann")
    ada = make_member(trial, "administrator")
    assert len(store(trial)) == 1
    revoke_role(ann.memberships.get(), by=ada, reason="left", now=timezone.now())
    assert store(trial) == []


def test_a_letter_is_sent_once_with_the_address_of_the_page(settings):
    settings.SITE_URL = "https://trials.example.org"
    trial = make_trial()
    named(trial, "ann")
    (pk,) = store(trial, path="/x/")
    assert send_notice(pk)
    assert not send_notice(pk)
    assert [letter.to for letter in mail.outbox] == [["somebody@example.org"]]
    assert mail.outbox[0].body.endswith("https://trials.example.org/x/")


def test_a_mail_server_that_is_away_leaves_the_notice_and_the_request_alone(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    trial = make_trial()
    named(trial, "ann")
    pks = store(trial)
    send_notices.delay(pks)
    assert Notice.objects.get().sent_at is None
