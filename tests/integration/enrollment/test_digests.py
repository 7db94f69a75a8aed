"""Letters about waiting queries: to whom, what they say, once a day."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from core.models import Notice, NoticeKind, NoticeRecipient
from enrollment.tasks import send_query_digests
from oversight.actions import assign_query, respond
from oversight.calc.query_cycle import QueryEvent
from tests.factories import make_member, make_query, save_form
from tests.integration.enrollment.conftest import NOW


@pytest.fixture(autouse=True)
def _links(settings):
    settings.SITE_URL = "https://trials.example.org"


@pytest.fixture
def monitor(trial):
    return with_address(make_member(trial, "monitor", username="monty"))


@pytest.fixture
def query(visit, coordinator, monitor):
    vital_signs = save_form("vital-signs", visit, by=coordinator, weight_kg=70)
    return make_query(vital_signs, field="weight_kg", by=monitor, question="Secret 70 kg?")


def with_address(person, language="en"):
    person.email, person.language = f"{person.username}@example.org", language
    person.save()
    return person


def name(trial, person):
    NoticeRecipient.objects.create(trial=trial, user=person, kind=NoticeKind.QUERY_DIGEST)


def send(commit):
    with commit(execute=True):
        send_query_digests()
    return {letter.to[0]: letter.body for letter in mail.outbox}


def test_named_people_get_what_waits_for_each(
    trial, query, coordinator, monitor, django_capture_on_commit_callbacks
):
    for person in (with_address(coordinator), monitor):
        name(trial, person)
    letters = send(django_capture_on_commit_callbacks)
    assert set(letters) == {"carla@example.org"}
    mail.outbox.clear()
    Notice.objects.all().delete()
    respond(query, QueryEvent.ANSWER, by=coordinator, text="Yes.", expected_revision=1)
    letters = send(django_capture_on_commit_callbacks)
    assert set(letters) == {"monty@example.org"}
    assert "1 answered query waits for your review." in letters["monty@example.org"]


def test_letter_has_counts_and_a_link_and_nothing_of_the_patient(
    trial, query, coordinator, visit, django_capture_on_commit_callbacks
):
    name(trial, with_address(coordinator))
    [body] = send(django_capture_on_commit_callbacks).values()
    assert "1 query waits for an answer." in body
    assert "https://trials.example.org/trials/small/queries/" in body
    for secret in ("Secret", "70", visit.patient.number):
        assert secret not in body + mail.outbox[0].subject


def test_letter_is_written_once_a_day(
    trial, query, coordinator, monkeypatch, django_capture_on_commit_callbacks
):
    name(trial, with_address(coordinator))
    for _time in range(2):
        send(django_capture_on_commit_callbacks)
    assert len(mail.outbox) == 1
    monkeypatch.setattr(timezone, "now", lambda: NOW + timedelta(days=1))
    send(django_capture_on_commit_callbacks)
    assert len(mail.outbox) == 2


def test_assignee_is_written_to_without_being_named(
    trial, query, coordinator, monitor, django_capture_on_commit_callbacks
):
    other = with_address(make_member(trial, "coordinator", site="01", username="olga"))
    name(trial, with_address(coordinator))
    assign_query(query, by=monitor, to=other)
    assert set(send(django_capture_on_commit_callbacks)) == {"olga@example.org"}


def test_person_of_another_site_or_without_an_account_is_not_written_to(
    trial, query, coordinator, django_capture_on_commit_callbacks
):
    name(trial, with_address(make_member(trial, "coordinator", site="02")))
    coordinator.is_active = False
    name(trial, with_address(coordinator))
    assert send(django_capture_on_commit_callbacks) == {}


def test_letter_is_in_the_readers_language(
    trial, query, coordinator, django_capture_on_commit_callbacks
):
    name(trial, with_address(coordinator, "zh-hans"))
    send(django_capture_on_commit_callbacks)
    assert "小型" in mail.outbox[0].subject


def test_command_does_the_same(trial, query, coordinator):
    name(trial, with_address(coordinator))
    call_command("send_query_digests")
    assert Notice.objects.get().user == coordinator
