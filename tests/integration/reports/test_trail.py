"""Who reads which part of the trail, and what the lines say."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core import audit
from core.actions.people import grant_role
from core.audit import blinding
from core.fields import captured_fields
from core.models import AuditEntry, Site
from enrollment import registry
from enrollment.actions import save_record
from enrollment.models import VitalSigns
from reports.queries import trail
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_query,
    make_trial,
    make_user,
    open_visit,
    save_form,
)

REASON = "typing error"


@pytest.fixture
def trial(db):
    return make_trial()


@pytest.fixture
def carla(trial):
    return make_member(trial, "coordinator", username="carla")


@pytest.fixture
def monitor(trial):
    return make_member(trial, "monitor", username="monty")


@pytest.fixture
def visit(trial, carla):
    return open_visit(make_enrolled_patient(trial, by=carla), key="C1D1", by=carla)


@pytest.fixture
def record(visit, carla):
    record = save_form("vital-signs", visit, by=carla, weight_kg="61.5", pulse_per_min=72)
    record.weight_kg = "65.1"
    spec = registry.get("vital-signs")
    return save_record(spec, record, by=carla, complete=True, expected_revision=1, reason=REASON)


def reader(user):
    client = Client()
    client.force_login(user)
    return client


def page(user, name="audit-trail", argument="small", **asked):
    response = reader(user).get(reverse(f"reports:{name}", args=[argument]), asked)
    assert response.status_code == 200, response.status_code
    return response


def lines(user, **asked):
    return page(user, **asked).context["lines"]


def file(user, name="audit-trail-csv", argument="small", **asked):
    response = reader(user).get(reverse(f"reports:{name}", args=[argument]), asked)
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


def test_line_says_form_patient_visit_old_new_who_role_and_why(record, monitor):
    line = lines(monitor, table="vital-signs")[0]
    [change] = [item for item in line.fields if item.field == "weight_kg"]
    assert (str(change.label), change.old, change.new) == ("weight", "61.5", "65.1")
    assert (line.title, line.patient, line.visit.key) == (
        "Vital signs and ECOG",
        record.patient,
        "C1D1",
    )
    assert (line.entry.actor_name, line.roles) == ("Carla", "Research coordinator")
    text = page(monitor, table="vital-signs").text
    for word in ("61.5", "65.1", REASON, "Research coordinator", str(record.patient)):
        assert word in text


def test_time_is_the_site_s_and_utc(record, monitor):
    line = lines(monitor, table="vital-signs")[0]
    assert line.zone == record.patient.site.time_zone == "Asia/Shanghai"
    assert (line.local - line.utc).total_seconds() == 0
    assert line.local.utcoffset().total_seconds() == 8 * 3600
    text = page(monitor, table="vital-signs").text
    assert line.local_text in text
    assert f"{line.utc_text} UTC" in text


def test_reviewer_of_one_site_reads_nothing_of_another(trial, record):
    elsewhere = make_member(trial, "monitor", site="02")
    assert {line.site.code for line in lines(make_member(trial, "monitor", site="01"))} == {"01"}
    assert all(line.site.code == "02" for line in lines(elsewhere))
    assert not [row for row in file(elsewhere) if row["patient"]]


def test_nothing_of_another_trial(record, monitor):
    other = make_trial("other")
    make_enrolled_patient(other)
    audit.record("export", by=monitor, target=other, table="visits")
    trials = {entry.trial_id for line in lines(monitor) for entry in [line.entry]}
    assert trials == {record.patient.trial_id}


def test_table_that_tells_the_arm_is_not_there_for_the_blinded(trial, monitor, record):
    revealing = sorted(blinding.revealing_tables())
    assert "enrollment_allocation" in revealing
    for table in revealing:
        AuditEntry.objects.create(
            action="insert", table_name=table, row_pk="1", trial_id=trial.pk,
            patient_id=record.patient_id, site_id=record.patient.site_id,
            changes={"arm": [None, "capsules"]},
        )  # fmt: skip
    assert not {line.entry.table_name for line in lines(monitor)} & set(revealing)
    patient = {"name": "patient-trail", "argument": record.patient_id}
    assert "capsules" not in page(monitor, **patient).text
    for name, argument in (
        ("audit-trail-csv", "small"),
        ("security-trail-csv", "small"),
        ("patient-trail-csv", record.patient_id),
    ):
        assert not {row["table"] for row in file(monitor, name, argument)} & set(revealing)


def test_column_that_tells_the_arm_is_left_out_for_the_blinded(trial, monitor, record, monkeypatch):
    [pulse] = [item for item in captured_fields(VitalSigns) if item.name == "pulse_per_min"]
    monkeypatch.setattr(pulse, "captured", type(pulse.captured)(reveals="the arm"))
    blinding.revealing_columns.cache_clear()
    assert "pulse" in page(monitor, table="vital-signs").text
    trial.is_blinded = True
    trial.save()
    blinded = lines(monitor, table="vital-signs")
    fields = {item.field for line in blinded for item in line.fields}
    assert "pulse_per_min" not in fields
    assert "weight_kg" in fields
    assert "pulse_per_min" not in {row["field"] for row in file(monitor)}
    monkeypatch.undo()
    blinding.revealing_columns.cache_clear()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"person": "direct"}, {"direct"}),
        ({"what": "update"}, {"update"}),
        ({"what": "delete"}, set()),
        ({"what": "export"}, {"export"}),
        ({"table": "vital-signs"}, {"insert", "update"}),
        ({"table": "lesions"}, set()),
        ({"patient": "nobody"}, set()),
        ({"finding": "after-completion"}, {"update"}),
        ({"first_day": "2100-01-01"}, set()),
        ({"last_day": "1999-01-01"}, set()),
        ({"first_day": "yesterday or so", "person": "x", "finding": "y"}, {"insert"}),
    ],
)
def test_filters(record, monitor, asked, found):
    audit.record("export", by=monitor, target=record.patient.trial, table="visits", rows=0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE enrollment_visit SET deviation_reason = 'raw' WHERE key = 'C1D1'")
    shown = lines(monitor, **asked)
    names = {line.entry.event or line.entry.action for line in shown}
    if asked == {"person": "direct"}:
        assert {line.entry.source for line in shown} == found
    else:
        assert names >= found
        assert not found or "first_day" in asked or names == found
        assert found or not shown


def test_filter_by_person_and_patient(record, monitor, carla):
    assert {line.entry.actor_id for line in lines(monitor, person=carla.pk)} == {carla.pk}
    shown = lines(monitor, patient=record.patient.number)
    assert {line.patient for line in shown} == {record.patient}


def test_day_is_the_site_s_day(trial, monitor):
    """Half past one in Shanghai is still the day before in UTC."""
    entry = AuditEntry.objects.create(
        at=datetime(2026, 3, 1, 17, 30, tzinfo=UTC), action="event", event="export",
        trial_id=trial.pk, site_id=Site.objects.filter(trial=trial).first().pk, changes={},
    )  # fmt: skip
    on = {"first_day": "2026-03-02", "last_day": "2026-03-02"}
    assert [line.entry for line in lines(monitor, **on)] == [entry]
    assert lines(monitor, first_day="2026-03-01", last_day="2026-03-01") == []


def test_pages_go_on_below_the_last_entry(record, monitor, monkeypatch):
    monkeypatch.setattr(trail, "LINES_A_PAGE", 7)
    seen, asked = [], {}
    while True:
        response = page(monitor, **asked)
        seen += [line.entry.pk for line in response.context["lines"]]
        if not (older := response.context["older"]):
            break
        asked = {"before": older}
    every = trail.trail_of_trial(record.patient.trial, monitor).order_by("-pk")
    assert seen == list(every.values_list("pk", flat=True))


def test_number_of_queries_does_not_grow_with_lines(record, monitor, django_assert_max_num_queries):
    client, address = reader(monitor), reverse("reports:audit-trail", args=["small"])
    client.get(address)
    with django_assert_max_num_queries(24):
        assert len(client.get(address).context["lines"]) > 10


def test_file_has_a_line_for_each_changed_field_and_is_noted(record, monitor):
    rows = file(monitor, table="vital-signs")
    [row] = [row for row in rows if row["action"] == "update" and row["field"] == "weight_kg"]
    assert (row["old"], row["new"], row["why"], row["role"]) == (
        "61.5",
        "65.1",
        REASON,
        "coordinator",
    )
    assert (row["patient"], row["visit"]) == (str(record.patient), "C1D1")
    assert row["at_utc"].endswith("+00:00")
    assert row["at_local"].endswith("+08:00")
    [entry] = AuditEntry.objects.filter(event="export")
    asked = {"table": "vital-signs"}
    assert entry.changes == {"table": "audit_trail", "format": "csv", "asked": asked}
    assert (entry.actor_id, entry.trial_id) == (monitor.pk, record.patient.trial_id)


def test_file_is_in_english_and_quoted_as_rfc_4180(record, monitor, carla):
    with audit.writing(by=carla, reason='a "quoted", text\nof two lines'):
        VitalSigns.objects.update(pulse_per_min=80)
    monitor.language = "zh-hans"
    monitor.save()
    rows = file(monitor, table="vital-signs")
    [row] = [row for row in rows if row["new"] == "80"]
    assert row["why"] == 'a "quoted", text\nof two lines'
    assert row["label"] == "pulse"


def test_patient_s_history_has_all_of_the_patient_and_nobody_else(record, trial, carla):
    make_enrolled_patient(trial, by=carla)
    shown = page(carla, "patient-trail", record.patient_id).context["lines"]
    assert {line.entry.patient_id for line in shown} == {record.patient_id}
    assert "enrollment_vitalsigns" in {line.entry.table_name for line in shown}


def test_removed_form_stays_in_the_patient_s_history(record, carla):
    VitalSigns.objects.all().delete()
    shown = page(carla, "patient-trail", record.patient_id).context["lines"]
    assert shown[0].entry.action == "delete"
    assert ("65.1", "") in [(item.old, item.new) for item in shown[0].fields]


def test_people_page_has_sign_ins_and_roles_of_the_trial_s_people_only(trial, monitor, carla):
    stranger = make_member(make_trial("other"), "monitor", username="stranger")
    for person in (carla, stranger):
        audit.record("sign-in", by=person, target=person, address="127.0.0.1")
    audit.record("failed sign-in", by=None, address="127.0.0.1")
    administrator = make_member(trial, "administrator")
    for user in (monitor, administrator):
        shown = page(user, "security-trail").context["lines"]
        people = {line.about.username for line in shown if line.about}
        assert "carla" in people
        assert "stranger" not in people
        assert {"sign-in", "failed sign-in"} <= {line.entry.event for line in shown}
        assert "core_membership" in {line.entry.table_name for line in shown}


def test_role_in_another_trial_is_not_shown(trial, monitor, carla):
    other = make_trial("other")
    grant_role(carla, "monitor", by=None, trial=other)
    shown = page(monitor, "security-trail").context["lines"]
    assert {line.entry.trial_id for line in shown} <= {trial.pk, None}


def test_history_of_a_patient_is_linked_where_it_may_be_read(trial, record, carla):
    address = reverse("reports:patient-trail", args=[record.patient_id])
    patient = reverse("enrollment:patient-detail", args=[record.patient_id])
    assert address in reader(carla).get(patient).text
    assert address not in reader(make_member(trial, "dispenser")).get(patient).text


def test_somebody_without_a_role_finds_nothing(record):
    assert (
        reader(make_user()).get(reverse("reports:audit-trail", args=["small"])).status_code == 404
    )


def test_page_names_people_sites_and_fields_where_the_file_has_ids(record, monitor):
    query = make_query(record, by=monitor, field="weight_kg")
    [line] = [each for each in lines(monitor) if each.entry.table_name == query._meta.db_table]
    said = {change.field: change.new for change in line.fields}
    site = record.patient.site
    assert said["site"] == f"{site.code} {site.name}"
    assert said["form"] == "Vital signs and ECOG"
    assert said["field"] == "weight"


def test_event_is_told_in_words_and_fingerprints_are_short(trial, monitor):
    audit.record("snapshot", by=monitor, target=trial, tables={"responses": "ab" * 32}, left_out=[])
    [line] = [each for each in lines(monitor) if each.entry.event == "snapshot"]
    assert line.details == "tables: responses abababababab…"
