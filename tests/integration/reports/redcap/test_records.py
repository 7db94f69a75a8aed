"""`content=record`: what the rows hold, and what narrows them."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import AuditEntry
from reports.queries.tables import snapshot
from tests.factories import (
    make_enrolled_patient,
    make_member,
    make_screened_patient,
    make_token,
    save_form,
)
from tests.integration.reports.redcap.conftest import fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def patients(trial, coordinator):
    return fill(trial, coordinator)


def at(rows, event, instrument=""):
    return [
        row
        for row in rows
        if (row["redcap_event_name"], row["redcap_repeat_instrument"]) == (event, instrument)
    ]


def test_forms_of_a_visit_stand_in_one_row_and_a_draft_is_incomplete(ask, patients):
    rows = ask("record", records=patients[0].number)
    [screening] = at(rows, "screening_arm_1")
    assert screening["record_id"] == patients[0].number
    assert (screening["weight_kg"], screening["vital_signs_complete"]) == ("71.5", "1")
    assert (screening["vital_signs_state"], screening["visits_outcome"]) == (
        "complete",
        "took-place",
    )
    [first] = at(rows, "course_1_day_1_arm_1")
    assert (first["weight_kg"], first["vital_signs_complete"]) == ("ND", "0")
    [later] = at(rows, "scan_arm_1")
    assert (later["visits_complete"], later["weight_kg"]) == ("0", "")


def test_forms_of_no_visit_stand_in_the_baseline_and_logs_repeat_there(ask, patients):
    rows = ask("record", records=patients[0].number)
    [baseline] = at(rows, "baseline_arm_1")
    assert (baseline["end_of_treatment_reason"], baseline["end_of_treatment_complete"]) == (
        "death",
        "0",
    )
    assert baseline["redcap_repeat_instance"] == ""
    lesions = at(rows, "baseline_arm_1", "lesions")
    assert [(row["redcap_repeat_instance"], row["organ"]) for row in lesions] == [
        (1, "liver"),
        (2, "lung"),
    ]
    assert lesions[0]["sex"] == ""


def test_form_that_the_event_asks_for_and_nobody_began_is_0_unless_blank_is_asked_for(
    ask, patients
):
    [scan] = at(ask("record", records=patients[0].number), "scan_arm_1")
    assert (scan["tumor_assessments_complete"], scan["vital_signs_complete"]) == ("0", "")
    [scan] = at(
        ask("record", records=patients[0].number, exportBlankForGrayFormStatus="TRUE"),
        "scan_arm_1",
    )
    assert scan["tumor_assessments_complete"] == ""


def test_fields_forms_events_and_records_narrow_it(ask, patients):
    rows = ask("record", **{"fields[0]": "weight_kg", "fields[1]": "record_id"})
    assert list(rows[0])[4:] == ["weight_kg"]
    assert [row["weight_kg"] for row in rows] == ["71.5", "ND"]
    rows = ask("record", forms="lesions")
    assert {row["redcap_repeat_instrument"] for row in rows} == {"lesions"}
    assert list(rows[0])[-1] == "lesions_complete"
    rows = ask("record", events="screening_arm_1,scan_arm_1", fields="visits_outcome")
    assert len(rows) == 4
    rows = ask("record", **{"records[]": patients[1].number}, fields="sex")
    assert [row["record_id"] for row in rows] == [patients[1].number]
    assert ask("record", records="A01-999-99") == []


def test_nothing_but_the_id_gives_a_row_for_each_event_of_the_patient(ask, patients):
    rows = ask("record", fields="record_id")
    assert len(rows) == 8
    assert {len(row) for row in rows} == {4}
    assert {row["record_id"] for row in rows} == {patient.number for patient in patients}


def test_filter_keeps_rows_in_which_it_holds_though_it_names_another_field(ask, patients):
    rows = ask("record", fields="ecog", filterLogic="[weight_kg] > 70 and [ecog] = '0'")
    assert [row["ecog"] for row in rows] == ["0"]
    assert "weight_kg" not in rows[0]


def test_labels_for_codes_events_sites_and_missing_codes(ask, patients):
    rows = ask(
        "record", fields="weight_kg,sex,vital_signs_complete", records=patients[0].number,
        rawOrLabel="label", exportDataAccessGroups="true",
    )  # fmt: skip
    [baseline] = at(rows, "Baseline")
    assert baseline["sex"] == "female"
    assert baseline["redcap_data_access_group"] == patients[0].site.name_en
    [first] = at(rows, "Course 1, day 1")
    assert (first["weight_kg"], first["vital_signs_complete"]) == ("not done", "Incomplete")


def test_csv_with_labels_as_its_header_and_another_delimiter(post, token, patients):
    response = post(token, content="record", format="csv", fields="weight_kg",
                    rawOrLabelHeaders="label", csvDelimiter="tab")  # fmt: skip
    body = b"".join(response.streaming_content).decode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    [header, first, *_rest] = csv.reader(io.StringIO(body), delimiter="\t")
    assert header == ["Patient", "Event Name", "Repeat Instrument", "Repeat Instance", "weight"]
    assert first == [patients[0].number, "screening_arm_1", "", "", "71.5"]


def test_one_row_a_value(ask, patients):
    rows = ask("record", type="eav", fields="weight_kg,record_id", records=patients[0].number)
    assert list(rows[0]) == [
        "record", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance",
        "field_name", "value",
    ]  # fmt: skip
    found = [(row["redcap_event_name"], row["field_name"], row["value"]) for row in rows]
    assert found == [
        ("screening_arm_1", "record_id", patients[0].number),
        ("screening_arm_1", "weight_kg", "71.5"),
        ("course_1_day_1_arm_1", "record_id", patients[0].number),
        ("course_1_day_1_arm_1", "weight_kg", "ND"),
    ]


def moved(when):
    return (datetime.now(UTC) + when).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("name", "when", "is_found"),
    [
        ("dateRangeBegin", timedelta(minutes=-5), True),
        ("dateRangeBegin", timedelta(minutes=5), False),
        ("dateRangeEnd", timedelta(minutes=-5), False),
        ("dateRangeEnd", timedelta(minutes=5), True),
    ],
)
def test_dates_narrow_it_to_records_that_changed(ask, patients, name, when, is_found):
    found = {row["record_id"] for row in ask("record", fields="sex", **{name: moved(when)})}
    assert found == ({patient.number for patient in patients} if is_found else set())


def test_text_comes_back_as_it_was_typed(ask, post, token, trial, coordinator):
    patient = make_enrolled_patient(trial, by=coordinator)
    typed = '=1+1, "quoted"\n第二行 🧫 007'
    save_form("prior-therapies", patient, by=coordinator, line=1, drugs=typed)
    [row] = ask("record", fields="drugs")
    assert row["drugs"] == typed
    response = post(token, content="record", format="csv", fields="drugs")
    body = b"".join(response.streaming_content).decode()
    [row] = csv.DictReader(io.StringIO(body, newline=""))
    assert row["drugs"] == typed


def test_answer_without_rows_has_its_header(post, token, trial):
    response = post(token, content="record", format="csv", fields="sex")
    assert b"".join(response.streaming_content).decode().splitlines() == [
        "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex"
    ]


def test_person_of_one_site_gets_that_site(post, trial, patients):
    token = make_token(make_member(trial, "statistician", site="02"), trial)
    response = post(token, content="record", fields="sex")
    rows = json.loads(b"".join(response.streaming_content))
    assert [row["record_id"] for row in rows] == [patients[1].number]
    asked = {"content": "record", "fields": "sex", "dateRangeBegin": "2020-01-01"}
    rows = json.loads(b"".join(post(token, **asked).streaming_content))
    assert [row["record_id"] for row in rows] == [patients[1].number]


def test_token_of_some_tables_reads_no_other_instrument(post, statistician, trial, patients):
    token = make_token(statistician, trial, tables=["vital_signs"])
    response = post(token, content="record")
    rows = json.loads(b"".join(response.streaming_content))
    assert {"weight_kg", "vital_signs_complete"} < set(rows[0])
    assert not {"sex", "visits_outcome", "organ"} & set(rows[0])
    assert len(rows) == 2
    assert post(token, content="record", fields="sex").status_code == 400


def test_export_leaves_an_entry_before_its_first_row(post, token, patients, statistician):
    post(token, content="record", fields="weight_kg", records=patients[0].number)
    [entry] = AuditEntry.objects.filter(event="export")
    assert entry.actor_id == statistician.pk
    told = {name: entry.changes[name] for name in ("table", "tables", "rows", "format", "patients")}
    assert told == {
        "table": "records",
        "tables": ["vital_signs"],
        "rows": 1,
        "format": "redcap-json",
        "patients": [patients[0].number],
    }


def test_number_of_queries_does_not_grow_with_patients(post, token, patients, trial, coordinator):
    def count():
        with CaptureQueriesContext(connection) as asked:
            b"".join(post(token, content="record").streaming_content)
        return len(asked)

    count()
    before = count()
    fill(trial, coordinator)
    assert count() == before


def test_client_that_goes_away_ends_the_queries(post, token, patients, monkeypatch):
    ended = []
    kept = snapshot.one_snapshot

    class Noted:
        def __enter__(self):
            self.held = kept()
            return self.held.__enter__()

        def __exit__(self, *error):
            ended.append(True)
            return self.held.__exit__(*error)

    monkeypatch.setattr("reports.api.redcap.lines.one_snapshot", Noted)
    response = post(token, content="record")
    next(iter(response.streaming_content))
    response.close()
    assert ended == [True]


def test_report_is_a_table_of_the_night(ask, patients, trial):
    screened = make_screened_patient(trial)
    call_command("run_nightly", trial=trial.slug, cut=date(2026, 6, 1), verbosity=0)
    rows = ask("report", report_id="time_to_event")
    assert rows == ask("report", report_id="566107")
    assert {row["record_id"] for row in rows} == {patient.number for patient in patients}
    assert {"endpoint", "start_date"} < set(rows[0])
    keys = [tuple(row.values())[:4] for row in rows]
    assert len(set(keys)) == len(keys)
    everybody = {row["record_id"] for row in ask("report", report_id="disposition")}
    assert everybody == {screened.screening_number, *(patient.number for patient in patients)}
