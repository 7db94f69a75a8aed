"""What the review finds, on each side of its limits."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import VitalSigns
from outcomes.models import Lesion
from reports.queries import review
from reports.queries.review import FINDINGS
from tests.factories import make_enrolled_patient, make_member, make_trial, open_visit, save_form


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", username="carla")


@pytest.fixture
def visit(trial, carla):
    return open_visit(make_enrolled_patient(trial, by=carla), key="C1D1", by=carla)


def found(name, trial):
    """What the finding has of the trial's trail, newest first."""
    entries = AuditEntry.objects.filter(trial_id=trial.pk)
    return list(FINDINGS[name].of(entries, trial).order_by("-pk"))


def written(visit, at, **values):
    """An entry of the visit's vital signs, as the trigger would have written it at that time."""
    values = {"actor_id": 1, "source": "web enrollment:visit-form", "action": "insert"} | values
    return AuditEntry.objects.create(
        at=at, table_name="enrollment_vitalsigns", row_pk="1", changes={},
        trial_id=visit.patient.trial_id, site_id=visit.patient.site_id,
        patient_id=visit.patient_id, visit_id=visit.pk, **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("after_visit", "is_late"),
    [
        pytest.param(timedelta(days=14, hours=23), False, id="on the 14th day"),
        pytest.param(timedelta(days=15, hours=1), True, id="on the 15th day"),
    ],
)
def test_late_entry(trial, visit, after_visit, is_late):
    day = datetime(*visit.actual_date.timetuple()[:3], tzinfo=UTC)
    entry = written(visit, day + after_visit)
    assert (entry in found("late", trial)) is is_late


@pytest.mark.parametrize(
    ("utc_hour", "minute", "is_night"),
    [
        pytest.param(13, 59, False, id="21:59 in Shanghai"),
        pytest.param(14, 0, True, id="22:00 in Shanghai"),
        pytest.param(21, 59, True, id="05:59 in Shanghai"),
        pytest.param(22, 0, False, id="06:00 in Shanghai"),
    ],
)
def test_night_edit(trial, visit, utc_hour, minute, is_night):
    entry = written(visit, datetime(2026, 3, 1, utc_hour, minute, tzinfo=UTC))
    assert (entry in found("night", trial)) is is_night


@pytest.mark.parametrize("name", ["late", "night"])
def test_form_printed_at_night_was_not_edited(trial, visit, name):
    at = datetime(2027, 3, 1, 16, tzinfo=UTC)
    assert written(visit, at, action="event", event="printed") not in found(name, trial)
    assert written(visit, at) in found(name, trial)


def test_system_has_no_night(trial, visit):
    entry = written(visit, datetime(2026, 3, 1, 16, tzinfo=UTC), actor_id=None)
    assert entry not in found("night", trial)


def correct(record, by, **values):
    record = type(record).objects.get(pk=record.pk)
    for name, value in values.items():
        setattr(record, name, value)
    spec = registry.get("vital-signs")
    revision = record.revision
    return save_record(
        spec, record, by=by, complete=True, expected_revision=revision, reason="typing error"
    )


def test_change_after_completion(trial, visit, carla):
    draft = save_form("vital-signs", visit, by=carla, complete=False, pulse_per_min=70)
    correct(draft, carla, pulse_per_min=71)  # completes it
    assert found("after-completion", trial) == []
    correct(draft, carla, pulse_per_min=72)
    [entry] = found("after-completion", trial)
    assert entry.changes["pulse_per_min"] == [71, 72]


def test_raw_change_after_completion(trial, visit, carla):
    save_form("vital-signs", visit, by=carla, pulse_per_min=70)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE enrollment_vitalsigns SET pulse_per_min = 99")
    [entry] = found("after-completion", trial)
    assert entry.source == "direct"


def test_change_after_signature_is_no_change_before_it(trial, visit, carla):
    record = save_form("vital-signs", visit, by=carla, pulse_per_min=70)
    correct(record, carla, pulse_per_min=71)
    assert found("after-signature", trial) == []
    for state in ("verified", "signed"):
        VitalSigns.objects.filter(pk=record.pk).update(state=state)
    correct(record, carla, pulse_per_min=72)
    changes = [entry.changes.get("pulse_per_min") for entry in found("after-signature", trial)]
    assert changes == [[71, 72]]


def lesions(visit, by, count):
    patient = visit.patient
    Lesion.objects.bulk_create(
        Lesion(patient=patient, row_number=n, number=n, created_by=by, updated_by=by)
        for n in range(1, count + 1)
    )


@pytest.mark.parametrize(("rows", "is_mass"), [(4, False), (5, True)])
def test_mass_edit(trial, visit, carla, monkeypatch, rows, is_mass):
    monkeypatch.setattr(review, "MASS_ROWS", 5)
    lesions(visit, carla, rows)
    at = datetime(2026, 3, 1, 9, 0, 10, tzinfo=UTC)
    entries = [
        written(visit, at + timedelta(seconds=number), action="update") for number in range(rows)
    ]
    hits = {entry.pk for entry in found("mass", trial)}
    assert hits == ({entry.pk for entry in entries} if is_mass else set())


def test_same_number_over_two_minutes_or_two_people_is_no_mass_edit(trial, visit, monkeypatch):
    monkeypatch.setattr(review, "MASS_ROWS", 5)
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    for number in range(8):
        written(visit, at + timedelta(minutes=number % 2), action="update", actor_id=1)
        written(visit, at + timedelta(minutes=9), action="update", actor_id=number % 2)
    assert len(found("mass", trial)) == 0


def page(user, name="audit-review", **asked):
    client = Client()
    client.force_login(user)
    return client.get(reverse(f"reports:{name}", args=["small"]), asked)


def test_counts_lead_to_the_entries(trial, visit, carla):
    record = save_form("vital-signs", visit, by=carla, pulse_per_min=70)
    correct(record, carla, pulse_per_min=72)
    monitor = make_member(trial, "monitor")
    response = page(monitor)
    [line] = [
        each for each in response.context["findings"]
        if each["finding"] is FINDINGS["after-completion"]
    ]  # fmt: skip
    assert line["count"] == 1
    assert [tally.actor_name for tally, _query in line["people"]] == ["Carla"]
    client = Client()
    client.force_login(monitor)
    shown = client.get(f"{reverse('reports:audit-trail', args=['small'])}?{line['query']}")
    assert [each.entry.changes["pulse_per_min"] for each in shown.context["lines"]] == [[70, 72]]


def test_file_has_a_line_for_each_finding_and_is_noted(trial, visit, carla):
    text = page(make_member(trial, "monitor"), "audit-review-csv", days=30).content.decode()
    head, *rows = text.splitlines()
    assert head == "trial,days,finding,person,name,entries"
    assert {row.split(",")[2] for row in rows} == set(FINDINGS)
    [entry] = AuditEntry.objects.filter(event="export")
    assert entry.changes == {"table": "audit_review", "rows": len(rows), "days": 30}


def test_empty_trial_says_so(trial):
    assert "Nothing to draw yet" in page(make_member(trial, "monitor")).text


def test_reviewer_of_another_site_counts_nothing_of_this_one(trial, visit, carla):
    save_form("vital-signs", visit, by=carla)
    assert page(make_member(trial, "monitor", site="02")).context["changes"] == 0
    assert page(make_member(trial, "monitor", site="01")).context["changes"] > 0
