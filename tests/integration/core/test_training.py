"""Roles that count only while trained for, and the review of who has access."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.actions.training import record_training
from core.models import AccessReview, AuditEntry, Membership, Site, TrainingRecord, Trial, User
from core.permissions import Permission, has_permission, permissions_in, sites_where
from core.refusals import Refused
from tests.factories import make_key, make_member, make_trial, make_user

TODAY = timezone.localdate()


@pytest.fixture
def trial(db):
    trial = make_trial()
    trial.requires_training = True
    trial.save()
    return trial


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", username="carla")


def train(person, trial, *, role="coordinator", days=0, until=None):
    return record_training(
        person,
        by=None,
        trial=trial,
        role=role,
        what="Protocol 2.0",
        taken_on=TODAY - timedelta(days=days),
        valid_until=None if until is None else TODAY + timedelta(days=until),
        today=TODAY,
    )


def counts(person, trial):
    """The same answer by every way of asking."""
    answers = {
        has_permission(person, Permission.RECORD_EDIT, trial=trial),
        Permission.RECORD_EDIT in permissions_in(person, trial),
        sites_where(person, Permission.RECORD_EDIT).exists(),
        Trial.objects.visible_to(person).exists(),
        Site.objects.visible_to(person).exists(),
    }
    [answer] = answers
    return answer


def test_role_does_not_count_before_training_and_does_after(trial, carla):
    assert not counts(carla, trial)
    train(carla, trial)
    assert counts(carla, trial)


@pytest.mark.parametrize(
    ("until", "expected"), [pytest.param(0, True, id="today"), pytest.param(-1, False, id="over")]
)
def test_training_counts_to_its_last_day(trial, carla, until, expected):
    train(carla, trial, days=30, until=until)
    assert counts(carla, trial) is expected


def test_training_for_another_role_trial_or_person_does_not_count(trial, carla):
    train(carla, trial, role="monitor")
    train(carla, make_trial("other"))
    train(make_user(), trial)
    assert not counts(carla, trial)


def test_where_training_is_not_required_roles_count_without(carla, trial):
    Trial.objects.update(requires_training=False)
    assert counts(carla, trial)


def test_asking_takes_one_query_all_the_same(trial, carla, django_assert_num_queries):
    train(carla, trial)
    with django_assert_num_queries(1):
        assert has_permission(carla, Permission.RECORD_EDIT, trial=trial)


def test_impossible_training_is_refused(trial, carla):
    with pytest.raises(Refused, match="not one to come"):
        train(carla, trial, days=-1)
    with pytest.raises(ValidationError, match="ends before"):
        train(carla, trial, days=1, until=-2)
    with pytest.raises(Refused, match="their own training"):
        record_training(
            carla,
            by=carla,
            trial=trial,
            role="coordinator",
            what="x",
            taken_on=TODAY,
            valid_until=None,
            today=TODAY,
        )
    assert not TrainingRecord.objects.exists()


@pytest.fixture
def office(client, trial):
    ada = make_member(trial, "administrator", username="ada")
    train(ada, trial, role="administrator")
    client.force_login(ada)
    return client


def test_training_is_recorded_in_the_browser(office, trial, carla):
    path = f"/trials/small/people/{carla.pk}/training/"
    data = {"role": "coordinator", "what": "Protocol 2.0", "taken_on": str(TODAY)}
    assert "training missing" in office.get("/trials/small/people/").text
    assert office.post(path, data).status_code == 302
    assert counts(carla, trial)
    record = TrainingRecord.objects.get(user=carla)
    assert record.recorded_by.username == "ada"
    assert AuditEntry.objects.of_row(record).get().actor_id == record.recorded_by.pk


def test_rule_is_changed_with_a_reason_and_not_by_who_would_be_locked_out(office, trial):
    path = "/trials/small/people/training-rule/"
    office.post(path, {"reason": "training is kept elsewhere"})
    assert not Trial.objects.get().requires_training
    office.force_login(make_member(trial, "administrator", username="untrained"))
    answer = office.post(path, {"reason": "kept here again"})
    assert answer.status_code == 422
    assert not Trial.objects.get().requires_training


class TestAccessReview:
    def rows(self, office):
        text = office.get("/trials/small/people/review/csv/").text
        return {row["username"]: row for row in csv.DictReader(io.StringIO(text))}

    def test_csv_says_who_has_what_since_when(self, office, carla, trial):
        make_key(carla)
        carla.full_name = "=cmd|' /C calc'!A0"
        carla.last_login = timezone.now() - timedelta(days=91)
        carla.save()
        train(carla, trial, until=30)
        AuditEntry.objects.create(
            action="event",
            event="export",
            table_name="core_trial",
            row_pk=str(trial.pk),
            changes={},
            actor_id=carla.pk,
        )
        row = self.rows(office)["carla"]
        assert row["full_name"].startswith("'=")
        expected = {
            "role": "coordinator",
            "site": "",
            "second_factor": "yes",
            "training": "Protocol 2.0",
            "idle_90_days": "yes",
            "exports_90_days": "1",
            "state": "invited",
        }
        assert {name: row[name] for name in expected} == expected
        assert self.rows(office)["ada"]["idle_90_days"] == "no"

    def test_download_is_audited(self, office, trial):
        self.rows(office)
        entry = AuditEntry.objects.of_row(trial).filter(event="export").last()
        assert (entry.actor_name, entry.changes["table"]) == ("Ada", "access-review")

    def test_revoked_roles_are_not_listed(self, office, carla):
        carla.memberships.update(revoked_at=timezone.now())
        assert "carla" not in self.rows(office)

    def test_review_is_recorded_with_name_and_conclusion(self, office, carla):
        path = "/trials/small/people/review/"
        assert office.post(path, {"conclusion": ""}).status_code == 422
        office.post(path, {"conclusion": "One account closed."})
        review = AccessReview.objects.get()
        assert (review.reviewed_by.username, review.people) == ("ada", 2)
        assert "One account closed." in office.get(path).text


def test_matrix_of_roles_is_the_table_that_decides(office):
    page = office.get("/roles/")
    held = {line["permission"]: line["held"] for line in page.context["lines"]}
    assert set(held) == set(Permission)
    assert sum(held[Permission.MEMBER_MANAGE]) == 1
    assert Membership.objects.count() == 1


class TestAdministratorOfOneSite:
    """What reaches the whole trial, or another site, is not theirs."""

    @pytest.fixture
    def office(self, db, client):
        trial = make_trial()
        client.force_login(make_member(trial, "administrator", site="01", username="ada"))
        return client

    def test_training_rule_of_the_trial_stays(self, office):
        Trial.objects.update(requires_training=True)
        trial = Trial.objects.get()
        train(User.objects.get(username="ada"), trial, role="administrator")
        response = office.post("/trials/small/people/training-rule/", {"reason": "quicker"})
        assert response.status_code == 422
        assert "not an administrator of all sites" in response.text
        assert Trial.objects.get().requires_training

    def test_access_review_of_the_trial_is_not_recorded(self, office):
        response = office.post("/trials/small/people/review/", {"conclusion": "fine"})
        assert response.status_code == 422
        assert "not an administrator of all sites" in response.text
        assert not AccessReview.objects.exists()

    def test_training_of_somebody_elsewhere_is_not_recorded(self, office):
        there = make_member(Trial.objects.get(), "coordinator", site="02")
        here = make_member(Trial.objects.get(), "coordinator", site="01")
        given = {"role": "coordinator", "what": "Protocol 2.0", "taken_on": TODAY.isoformat()}
        statuses = [
            office.post(f"/trials/small/people/{person.pk}/training/", given).status_code
            for person in (there, here)
        ]
        assert statuses == [422, 302]
        assert TrainingRecord.objects.get().user == here
