"""What a trial's own form becomes outside: table, codebook, REDCap's instrument, casebook."""

import csv
import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from core.models import AuditEntry
from reports.queries.casebook.bundle import patient_bundle
from reports.queries.casebook.collect import collect
from tests.factories import make_query, make_token, make_trial, open_visit, save_form
from tests.integration.reports.reading import problem_of, rows_of

VALUES = {
    "scanner": "Mk 2",
    "length_mm": "120.5",
    "nodules": 2,
    "has_ascites": "N",
    "seen": "varices cyst",
    "read_on": date(2026, 1, 8),
    "missing": {"width_mm": "ND"},
}


@pytest.fixture
def trial(db):
    return make_trial(with_forms=True)


@pytest.fixture
def record(patient, coordinator):
    visit = open_visit(patient, key="C1D1", by=coordinator)
    for stools in (3, 5):
        row = {"happened_on": date(2026, 2, 1), "stools": stools}
        save_form("small--diary", patient, by=coordinator, **row)
    return save_form("small--organ-scan", visit, by=coordinator, **VALUES)


def test_table_and_log_are_exported_like_any_other(api, table, record, trial):
    [row] = rows_of(api.get(table("organ_scan")))
    assert row["visit"] == "C1D1"
    assert (row["length_mm"], row["width_mm"], row["width_mm_missing"]) == ("120.5", "", "ND")
    assert (row["nodules"], row["seen"], row["read_on"]) == ("2", "varices cyst", "2026-01-08")
    assert (row["area_cm2"], row["state"]) == ("", "complete")
    rows = rows_of(api.get(table("diary")))
    assert [(row["row"], row["stools"], row["stools_a_week"]) for row in rows] == [
        ("1", "3", "21"),
        ("2", "5", "35"),
    ]
    page = api.get(table("organ_scan", form="json")).json()
    assert page["results"][0]["length_mm"] == 120.5
    make_trial("other")
    assert problem_of(api.get("/api/v1/trials/small/tables/nothing.csv"))["status"] == 404


def test_changes_since_a_number_hold_the_patient_anew(api, table, record):
    last = AuditEntry.objects.latest("pk").pk
    assert rows_of(api.get(table("organ_scan", query=f"?since={last}"))) == []
    record.nodules = 4
    record.save()
    rows = rows_of(api.get(table("organ_scan", query=f"?since={last}")))
    assert {row["nodules"] for row in rows} == {"", "4"}


def test_codebook_names_unit_limits_codes_and_formula(api, record):
    lines = {
        row["name"]: row
        for row in rows_of(api.get("/api/v1/trials/small/codebook.csv"))
        if row["table"] in ("organ_scan", "diary")
    }
    assert lines["length_mm"]["unit"] == "mm"
    assert lines["seen"]["codes"] == "varices=varices | thrombus=thrombus | cyst=cyst"
    # Its cells hold several of them: whoever takes it for one code loses them.
    assert (lines["seen"]["type"], lines["has_ascites"]["type"]) == ("text", "code")
    odm = api.get("/api/v1/trials/small/odm.xml")
    document = (odm.content if not odm.streaming else b"".join(odm.streaming_content)).decode()
    assert '="CL.IT.organ_scan.has_ascites"' in document
    assert "CL.IT.organ_scan.seen" not in document
    assert "7 * stools" in json.dumps(lines["stools_a_week"])


def test_redcap_client_reads_it(statistician, trial, record):
    asked = {"token": make_token(statistician, trial), "format": "json", "content": "record"}
    response = Client().post("/api/redcap/", asked | {"forms": "organ_scan,diary"})
    rows = json.loads(b"".join(response.streaming_content))
    [scan] = [row for row in rows if row.get("organ_scan_length_mm")]
    assert scan["organ_scan_length_mm"] == "120.5"
    answer = Client().post("/api/redcap/", asked | {"content": "metadata"})
    fields = {row["field_name"]: row for row in json.loads(b"".join(answer.streaming_content))}
    assert fields["organ_scan_seen"]["field_type"] == "text"
    assert fields["organ_scan_has_ascites"]["field_type"] == "radio"
    assert sorted(row["diary_stools"] for row in rows if row.get("diary_stools")) == ["3", "5"]


def test_casebook_and_bundle_hold_it(record, patient):
    make_query(record, field="length_mm")
    book = collect(patient, at=timezone.now())
    [form] = [form for form in book.forms if form.spec.slug == "small--organ-scan"]
    lines = {line.name: line for section in form.sections for line in section.lines}
    assert (lines["length_mm"].value, lines["length_mm"].unit) == ("120.5", "mm")
    assert lines["seen"].value == "varices; cyst"
    assert lines["width_mm"].missing == "not done"
    assert len(form.queries) == 1
    files = zipfile.ZipFile(io.BytesIO(patient_bundle(patient, at=timezone.now())))
    [row] = csv.DictReader(io.StringIO(files.read("tables/organ_scan.csv").decode()))
    assert row["seen"] == "varices cyst"
