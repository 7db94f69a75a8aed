"""The home page of somebody whose training is missing: why it is empty, and whom to ask."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_member, make_trial

WHY = "waits for a training"
NO_ROLE = "You hold no role in any trial."


@pytest.fixture
def trial(db):
    trial = make_trial()
    trial.requires_training = True
    trial.save()
    return trial


def train(person, trial, *, days_ago=1, valid_until=None):
    today = timezone.localdate()
    person.training_records.create(
        trial=trial,
        role=person.memberships.get().role,
        what="Manual 1",
        taken_on=today - timedelta(days=days_ago),
        valid_until=valid_until,
    )


def administrator(trial, name, site=""):
    person = make_member(trial, "administrator", site=site, username=name)
    person.email = f"{name}@example.org"
    person.save()
    train(person, trial)
    return person


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", site="01", username="carla")


def home(client, person):
    client.force_login(person)
    return client.get("/").content.decode()


def test_home_says_why_it_is_empty_and_whom_to_ask(client, trial, carla):
    administrator(trial, "ada")
    administrator(trial, "odo", site="02")
    text = home(client, carla)
    assert WHY in text
    assert "Research coordinator" in text
    assert "mailto:ada@example.org" in text
    # Of another site: cannot record it.
    assert "odo@example.org" not in text
    assert NO_ROLE not in text


def test_administrator_whose_own_training_is_missing_is_not_named(client, trial, carla):
    untrained = make_member(trial, "administrator", username="una")
    untrained.email = "una@example.org"
    untrained.save()
    text = home(client, carla)
    assert "una@example.org" not in text
    assert "ask those who run the system" in text


@pytest.mark.parametrize(("days_left", "is_told"), [(0, False), (-1, True)])
def test_told_from_the_day_after_the_training_ran_out(client, trial, carla, days_left, is_told):
    until = timezone.localdate() + timedelta(days=days_left)
    train(carla, trial, days_ago=30, valid_until=until)
    assert (WHY in home(client, carla)) is is_told


def test_trained_person_and_trial_without_the_rule_are_left_alone(client, trial, carla):
    train(carla, trial)
    assert WHY not in home(client, carla)
    other = make_trial("other")
    assert WHY not in home(client, make_member(other, "coordinator"))


def test_person_without_a_role_is_told_so(client, trial, carla):
    carla.memberships.update(revoked_at=timezone.now())
    text = home(client, carla)
    assert WHY not in text
    assert NO_ROLE in text
