"""Queries, comments, verification, signatures and the trail as tables."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.audit import blinding
from enrollment.actions.records import save_record
from enrollment.actions.signing import sign_records
from enrollment.actions.verifying import verify_record
from enrollment.models import VitalSigns
from enrollment.queries.content import content_of
from enrollment.registry import get
from outcomes.models import AdverseEvent
from oversight.actions.queries import comment_on, respond
from oversight.calc.content import sha256_of
from oversight.calc.query_cycle import QueryEvent
from reports.queries.tables import catalog
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_query,
    make_serious_event,
    open_visit,
    save_form,
)
from tests.integration.reports.reading import rows_of

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


@pytest.fixture
def monitor(trial):
    return make_member(trial, "monitor", username="monitor")


@pytest.fixture
def investigator(trial):
    return make_member(trial, "investigator", site="01", username="iris")


@pytest.fixture
def vitals(patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    return save_form("vital-signs", visit, by=coordinator, ecog="1", weight_kg="71.5")


@pytest.fixture
def story(vitals, coordinator, monitor, investigator):
    """A form that was verified, signed, asked about and then changed."""
    query = make_query(vitals, field="weight_kg", by=monitor, question="Is =71.5 right?")
    respond(query, QueryEvent.ANSWER, by=coordinator, text="It is 72.5.", expected_revision=1)
    comment_on(query.place, by=coordinator, text="Scale two.")
    spec = get("vital-signs")
    vitals = VitalSigns.objects.get(pk=vitals.pk)
    verify_record(
        spec, vitals, by=monitor, at=AT, agreed={"ecog"}, expected_revision=vitals.revision
    )
    vitals = VitalSigns.objects.get(pk=vitals.pk)
    sign_records(
        {("vital-signs", vitals.pk): sha256_of(content_of(spec, vitals))},
        by=investigator,
        meaning="approved",
        at=AT,
    )
    changed = VitalSigns.objects.get(pk=vitals.pk)
    changed.weight_kg = "72.5"
    save_record(
        spec,
        changed,
        by=coordinator,
        reason="typed wrong",
        complete=True,
        expected_revision=changed.revision,
    )
    return query


def test_query_names_the_cell_that_it_is_about(api, table, story, patient):
    [row] = rows_of(api.get(table("queries")))
    keys = ("trial", "site", "patient", "visit", "of_table", "of_column", "of_row")
    found = [row[key] for key in keys]
    assert found == ["small", "01", patient.number, "C1D1", "vital_signs", "weight_kg", ""]
    assert (row["state"], row["question"]) == ("answered", "Is =71.5 right?")
    [cell] = [
        item["weight_kg"]
        for item in rows_of(api.get(table("vital_signs")))
        if item["visit"] == row["visit"] and item["patient"] == row["patient"]
    ]
    assert cell == "72.5"


def test_messages_and_comments_lead_back(api, table, story, coordinator):
    [message] = rows_of(api.get(table("query_messages")))
    assert message["query"] == str(story.pk)
    assert (message["event"], message["text"]) == ("answer", "It is 72.5.")
    [comment] = rows_of(api.get(table("comments")))
    assert (comment["text"], comment["by"]) == ("Scale two.", coordinator.full_name)


def test_verification_names_each_field(api, table, story, monitor):
    [row] = rows_of(api.get(table("verification")))
    assert (row["of_table"], row["of_column"]) == ("vital_signs", "ecog")
    assert row["verified_by"] == monitor.full_name


def test_signature_says_that_it_holds_no_longer(api, table, story):
    [row] = rows_of(api.get(table("signatures")))
    assert (row["holds"], row["meaning"], row["signed_at"]) == (
        "N",
        "approved",
        "2026-11-21T08:00:00Z",
    )
    assert row["broken_because"] == "typed wrong"


def test_trail_holds_the_change_with_its_reason(api, table, story, patient):
    rows = rows_of(api.get(table("audit")))
    changes = [json.loads(row["changes"]) for row in rows if row["reason"] == "typed wrong"]
    assert [float(value) for value in changes[0]["weight_kg"]] == [71.5, 72.5]
    assert {row["patient"] for row in rows} == {patient.number}
    entries = [int(row["entry"]) for row in rows]
    assert entries == sorted(set(entries))


def test_query_about_a_log_names_its_row(api, table, patient, coordinator, monitor):
    make_serious_event(patient, by=coordinator)
    event = AdverseEvent.objects.get(patient=patient)
    make_query(event, field="grade", by=monitor)
    [row] = rows_of(api.get(table("queries")))
    assert (row["of_table"], row["of_log_row"]) == ("adverse_events", str(event.row_number))


@pytest.mark.parametrize("name", ["queries", "audit", "comments"])
def test_rows_of_another_site_and_patient_stay_out(
    name, as_user, trial, table, story, patient, coordinator, monitor
):
    other = make_enrolled_patient(trial, site="02", by=coordinator)
    visit = open_visit(other, key="C1D1", by=coordinator)
    make_query(save_form("vital-signs", visit, by=coordinator, ecog="0"), by=monitor)
    here = make_member(trial, "statistician", site="02", username="there")
    rows = rows_of(as_user(here, trial).get(table(name)))
    assert {row["site"] for row in rows} <= {"02"}
    both = as_user(make_member(trial, "statistician", username="all"), trial)
    [number] = {
        row["patient"] for row in rows_of(both.get(table(name, query=f"?patient={patient.number}")))
    }
    assert number == patient.number


@pytest.mark.parametrize("is_blinded", [False, True])
def test_what_is_said_about_a_revealing_field_is_left_out(
    is_blinded, monkeypatch, api, table, story
):
    field = VitalSigns._meta.get_field("weight_kg")
    monkeypatch.setattr(field, "captured", replace(field.captured, reveals="the arm"))
    caches = (blinding.revealing_columns.cache_clear, catalog._by_name.cache_clear)
    for clear in caches:
        clear()
    trial = story.site.trial
    trial.is_blinded = is_blinded
    trial.save()
    try:
        found = {
            name: len(rows_of(api.get(table(name))))
            for name in ("queries", "query_messages", "comments", "verification")
        }
        trail = "".join(row["changes"] for row in rows_of(api.get(table("audit"))))
    finally:
        for clear in caches:
            clear()
    hidden = 0 if is_blinded else 1
    assert found == {
        "queries": hidden,
        "query_messages": hidden,
        "comments": hidden,
        "verification": 1,
    }
    assert "72.5" not in trail
