"""PyCap against a running server, and the calls of REDCapR one after another."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest
import redcap
import requests
from django.core.management import call_command
from django.db import connection
from redcap import Project

from tests.factories import make_member, make_token, make_trial
from tests.integration.reports.redcap.conftest import fill


@pytest.fixture
def apart(tmp_path, monkeypatch):
    """SQLite's database of the tests lies in memory, where a reader stops writers: from now on
    downloads read a copy in a file, which is what an installation has.
    """

    def begin():
        if connection.vendor == "postgresql":
            return
        file = tmp_path / "copy.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(file)])
        reader = connection.copy()
        reader.settings_dict["NAME"] = str(file)
        monkeypatch.setattr("reports.queries.tables.snapshot.connection", reader)

    return begin


@pytest.fixture
def served(committed_db, live_server, apart):
    """Address, token and the two patients."""
    trial = make_trial()
    patients = fill(trial, make_member(trial, "coordinator"))
    call_command("run_nightly", trial=trial.slug, cut=date(2026, 6, 1), verbosity=0)
    token = make_token(make_member(trial, "statistician", username="statistician"), trial)
    apart()
    yield live_server.url, token, [patient.number for patient in patients]
    # PyCap keeps one session for all projects; its open sockets would be warned of.
    redcap.request._session.close()


def test_pycap_reads_everything(served):
    url, token, numbers = served
    project = Project(f"{url}/api/redcap/api/", token)
    _reads_the_project(project)
    _reads_records(project, numbers)
    with pytest.raises(redcap.RedcapError, match="fields"):
        project.export_records(fields=["shoe"])
    with pytest.raises(redcap.RedcapError, match="permissions"):
        Project(f"{url}/api/redcap/api/", "0" * 32).export_project_info()


def _reads_the_project(project):
    assert project.def_field == "record_id"
    assert project.is_longitudinal
    assert {"record_id", "weight_kg"} < set(project.field_names)
    assert "vital_signs" in project.forms
    assert project.metadata[0]["field_name"] == "record_id"
    assert list(project.export_metadata("df", forms=["lesions"])["form_name"].unique()) == [
        "lesions"
    ]
    assert project.export_version().major == 14
    assert project.export_project_info()["is_longitudinal"] == 1
    assert project.export_field_names(field="sex")[0]["export_field_name"] == "sex"
    assert project.export_instruments()[0]["instrument_name"] == "screening"
    assert project.export_instrument_event_mappings(arms=["1"])[0]["arm_num"] == 1
    assert project.export_events()[0]["unique_event_name"] == "baseline_arm_1"
    assert project.export_arms() == [{"arm_num": 1, "name": "Arm 1"}]
    assert project.export_dags()[0]["unique_group_name"] == "01"
    assert project.export_users()[0]["username"] == "statistician"
    assert project.export_repeating_instruments_events()
    report = project.export_report("time_to_event")
    assert report[0]["redcap_repeat_instrument"] == "time_to_event"


def _reads_records(project, numbers):
    rows = project.export_records()
    assert {row["record_id"] for row in rows} == set(numbers)
    assert project.export_records("csv", fields=["weight_kg"]).splitlines()[1] == (
        f"{numbers[0]},screening_arm_1,,,71.5"
    )
    frame = project.export_records(
        "df", fields=["weight_kg"], df_kwargs={"dtype": str, "keep_default_na": False}
    )
    assert list(frame["weight_kg"]) == ["71.5", "ND"]
    rows = project.export_records(
        records=numbers[:1], forms=["vital_signs"], events=["screening_arm_1"],
        raw_or_label="label", export_data_access_groups=True, export_survey_fields=True,
    )  # fmt: skip
    assert [(row["redcap_event_name"], row["vital_signs_complete"]) for row in rows] == [
        ("Screening", "Unverified")
    ]
    values = project.export_records(record_type="eav", fields=["weight_kg"])
    assert [row["value"] for row in values if row["field_name"] == "weight_kg"] == ["71.5", "ND"]
    assert project.export_records(filter_logic="[weight_kg] = 71.5", fields=["weight_kg"])
    later = datetime.now(UTC) + timedelta(days=2)
    assert project.export_records(date_begin=later) == []
    assert project.export_records(date_end=later, fields=["sex"])


def table_of(url, token, **asked):
    """As REDCapR's kernel: the token in capitals, CSV, lists joined by commas, R's FALSE."""
    with requests.post(
        f"{url}/api/redcap/",
        data={"token": token.upper(), "format": "csv"} | asked,
        headers={"Accept": "application/json, text/xml, application/xml, */*"},
        timeout=60,
    ) as response:
        assert response.status_code == 200, response.text
        text = response.content.decode().replace("\r\n", "\n")
    return list(csv.DictReader(io.StringIO(text)))


READ = {
    "content": "record", "type": "flat", "rawOrLabel": "raw", "rawOrLabelHeaders": "raw",
    "exportCheckboxLabel": "false", "exportSurveyFields": "false",
    "exportDataAccessGroups": "false", "filterLogic": "", "dateRangeBegin": "",
    "dateRangeEnd": "", "exportBlankForGrayFormStatus": "FALSE",
}  # fmt: skip


def test_calls_of_redcapr_in_their_order(served):
    """`redcap_version`, `redcap_variables`, …, then `redcap_read` with batches of one record.

    Source: OuhscBbmc/REDCapR, R/redcap-read.R, R/redcap-metadata-read.R, R/kernel-api.R.
    """
    url, token, numbers = served
    variables = table_of(url, token, content="exportFieldNames")
    metadata = table_of(url, token, content="metadata", forms="", fields="")
    instruments = table_of(url, token, content="instrument")
    project = table_of(url, token, content="project")
    assert variables[0]["original_field_name"] == metadata[0]["field_name"] == "record_id"
    assert {row["form_name"] for row in metadata} <= {row["instrument_name"] for row in instruments}
    assert project[0]["has_repeating_instruments_or_events"] == "1"
    assert table_of(url, token, content="formEventMapping", arms="")
    assert table_of(url, token, content="event")
    assert table_of(url, token, content="repeatingFormsEvents")
    [person] = table_of(url, token, content="user")
    assert "vital_signs:2" in person["forms"].split(",")
    ids = table_of(url, token, **READ | {"fields": metadata[0]["field_name"]})
    unique = sorted({row["record_id"] for row in ids})
    assert unique == sorted(numbers)
    rows = [
        row
        for number in unique
        for row in table_of(url, token, **READ | {"records": number, "fields": "", "forms": ""})
    ]
    assert rows == table_of(url, token, **READ | {"records": ",".join(unique)})
    assert len({tuple(row) for row in rows}) == 1
    exported = {row["export_field_name"] for row in variables}
    assert exported <= set(rows[0])
