"""What is in the tables."""

import csv
import io
from decimal import Decimal

import pandas as pd
import pytest

from core.models import AuditEntry
from dosing.models import DailyDose
from enrollment.actions import mark_visit_missed
from enrollment.models import Visit
from outcomes.models import Lesion, LesionMeasurement
from reports.queries.tables import all_tables
from tests.factories import (
    make_enrolled_patient,
    make_screened_patient,
    make_trial,
    open_visit,
    save_form,
)
from tests.integration.reports.reading import rows_of, text_of

NAMES = [table.name for table in all_tables()]
KEYS = ["trial", "site", "patient"]
NASTY = [
    "comma, and more",
    'a "quoted" word',
    "two\nlines",
    "return\r\nand more",
    "lone\rreturn",
    "=1+1",
    "+1",
    "@SUM(A1)",
    "0042",
    "1e5",
    " spaces ",
    "NA",
    "nüchtern µg/L ≥ 3",
    "🦠 capsule",
    "患者自述食欲好转",
    "'; DROP TABLE enrollment_patient; --",
    "tab\there",
    "NULL",
]


@pytest.mark.parametrize("name", NAMES)
def test_table_without_rows_keeps_its_header(api, table, name):
    response = api.get(table(name))
    [header] = csv.reader(io.StringIO(text_of(response), newline=""))
    described = {item["name"]: item for item in api.get("/api/v1/trials/small/tables/").json()}
    assert header == [column["name"] for column in described[name]["columns"]]
    assert response["X-Row-Count"] == "0" == str(described[name]["rows"])


@pytest.mark.parametrize("name", NAMES)
def test_every_table_has_empty_pages_too(api, table, name):
    page = api.get(table(name, form="json")).json()
    assert page == {"count": 0, "next": None, "previous": None, "results": []}


def test_file_says_what_it_is(api, table, patient):
    response = api.get(table("visits"), HTTP_ACCEPT="application/json")
    assert response["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response["Content-Disposition"] == 'attachment; filename="small-visits.csv"'
    assert response["X-Row-Count"] == "3"
    assert "no-store" in response["Cache-Control"]
    text = text_of(response)
    assert text.count("\r\n") == text.count("\n") == 4
    assert not text.startswith("\ufeff")


def test_head_answers_the_headers_only(api, table, patient):
    response = api.head(table("visits"))
    assert response["X-Row-Count"] == "3"
    assert response.content == b""


@pytest.fixture
def explained(patient, coordinator):
    """One log row for each nasty text, and the same text in the form of a visit."""
    for number, text in enumerate(NASTY, start=1):
        save_form("prior-therapies", patient, by=coordinator, line=number, drugs=text)
    return patient


def test_any_text_comes_back_from_csv_as_it_was_typed(api, table, explained):
    assert [row["drugs"] for row in rows_of(api.get(table("prior_therapies")))] == NASTY


def test_any_text_comes_back_through_pandas(api, table, explained):
    text = text_of(api.get(table("prior_therapies")))
    frame = pd.read_csv(io.BytesIO(text.encode()), dtype=str, keep_default_na=False)
    assert frame["drugs"].tolist() == NASTY
    assert frame["site"].unique().tolist() == ["01"]


def test_any_text_comes_back_in_json(api, table, explained):
    rows = api.get(table("prior_therapies", form="json")).json()["results"]
    assert [row["drugs"] for row in rows] == NASTY


def test_form_of_a_visit_has_keys_state_values_and_missing_codes(api, table, patient, coordinator):
    visit = open_visit(patient, by=coordinator)
    save_form(
        "vital-signs",
        visit,
        by=coordinator,
        ecog="1",
        weight_kg=Decimal("60.0"),
        missing={"temperature_c": "ND"},
    )
    [row] = rows_of(api.get(table("vital_signs")))
    assert list(row)[:9] == [
        *KEYS,
        "visit",
        "visit_sequence",
        "row",
        "state",
        "ecog",
        "ecog_missing",
    ]
    assert [row[name] for name in list(row)[:7]] == [
        "small",
        "01",
        patient.number,
        "screening",
        str(visit.position),
        "",
        "complete",
    ]
    assert (row["weight_kg"], row["weight_kg_missing"]) == ("60.0", "")
    assert (row["temperature_c"], row["temperature_c_missing"]) == ("", "ND")
    # An optional question has no code for why it was left out.
    assert "height_cm_missing" not in row


def test_draft_is_exported_as_a_draft(api, table, patient, coordinator):
    visit = open_visit(patient, by=coordinator)
    save_form("vital-signs", visit, by=coordinator, complete=False, ecog="2")
    [row] = rows_of(api.get(table("vital_signs")))
    assert (row["state"], row["ecog"]) == ("draft", "2")


def test_json_has_numbers_with_the_places_that_were_measured(api, table, patient, coordinator):
    visit = open_visit(patient, by=coordinator)
    save_form("vital-signs", visit, by=coordinator, weight_kg=Decimal("60.0"), pulse_per_min=70)
    response = api.get(table("vital_signs", form="json"))
    assert b'"weight_kg":60.0,' in response.content
    [row] = response.json()["results"]
    assert (row["pulse_per_min"], row["row"]) == (70, None)


def test_log_keeps_partial_dates_and_counts_its_rows(api, table, patient, coordinator):
    for start in ("2024", "2024-11"):
        save_form("prior-therapies", patient, by=coordinator, line=1, started_on=start)
    rows = rows_of(api.get(table("prior_therapies")))
    assert [(row["row"], row["visit"], row["started_on"]) for row in rows] == [
        ("1", "", "2024"),
        ("2", "", "2024-11"),
    ]


def test_rows_inside_a_form_stand_in_a_table_of_their_own(api, table, patient, coordinator):
    open_visit(patient, by=coordinator)
    visit = open_visit(patient, key="C1D1", by=coordinator)
    days = [DailyDose(day=1, capsules_taken=6), DailyDose(day=2, missing={"capsules_taken": "UNK"})]
    save_form("capsule-course", visit, by=coordinator, rows=days, started_on=visit.actual_date)
    rows = rows_of(api.get(table("daily_doses")))
    assert [
        (row["visit"], row["row"], row["day"], row["capsules_taken"], row["capsules_taken_missing"])
        for row in rows
    ] == [("C1D1", "1", "1", "6", ""), ("C1D1", "2", "2", "", "UNK")]


def test_row_that_points_at_a_log_names_its_row(api, table, patient, coordinator):
    visit = open_visit(patient, by=coordinator)
    for number in (7, 8):
        save_form("lesions", patient, by=coordinator, number=number, kind="target", organ="liver")
    rows = [
        LesionMeasurement(lesion=lesion, status="measured", diameter_mm=30)
        for lesion in Lesion.objects.order_by("-number")
    ]
    save_form("tumor-assessment", visit, by=coordinator, rows=rows, is_baseline="Y")
    measured = rows_of(api.get(table("lesion_measurements")))
    assert [row["lesion_row"] for row in measured] == ["2", "1"]


def test_visits_show_what_was_planned_and_what_took_place(api, table, patient, coordinator):
    first = open_visit(patient, by=coordinator)
    mark_visit_missed(
        Visit.objects.get(patient=patient, key="C1D1"), by=coordinator, reason="on holiday"
    )
    rows = rows_of(api.get(table("visits")))
    assert [(row["visit"], row["outcome"], row["actual_date"], row["reason"]) for row in rows] == [
        ("screening", "took-place", first.actual_date.isoformat(), ""),
        ("C1D1", "missed", "", "on holiday"),
        ("scan", "planned", "", ""),
    ]
    assert rows[1]["protocol_date"] == "2026-01-08"
    assert (rows[1]["window_opens"], rows[1]["window_closes"]) == ("2026-01-05", "2026-01-11")


def test_screening_keeps_who_was_not_eligible_and_patients_does_not(
    api, table, trial, patient, coordinator
):
    failed = make_screened_patient(trial, by=coordinator, failing=["E01"])
    rows = rows_of(api.get(table("screening")))
    assert [(row["patient"], row["is_eligible"], row["ineligible_because"]) for row in rows] == [
        (patient.number, "Y", ""),
        (failed.screening_number, "N", "E01"),
    ]
    assert [row["patient"] for row in rows_of(api.get(table("patients")))] == [patient.number]
    answers = rows_of(api.get(table("criterion_answers", query=f"?patient={failed}")))
    assert [(row["criterion"], row["answer"]) for row in answers] == [("E01", "Y"), ("I01", "Y")]


def test_times_are_in_utc(api, table, patient):
    [row] = rows_of(api.get(table("consents")))
    assert row["consent_version"] == "1.0"
    assert row["signed_on"] == "2025-12-21"
    assert pd.Timestamp(row["recorded_at"]).tzname() == "UTC"
    assert row["recorded_at"].endswith("Z")


def test_rows_come_in_the_same_order_whatever_the_order_of_entry(api, table, trial, coordinator):
    for site in ("02", "01", "02", "01"):
        make_enrolled_patient(trial, site=site, by=coordinator)
    first, second = (text_of(api.get(table("visits"))) for _time in range(2))
    assert first == second
    keys = [
        (row["site"], row["patient"], int(row["visit_sequence"]))
        for row in csv.DictReader(io.StringIO(first, newline=""))
    ]
    assert keys == sorted(keys)
    assert len(keys) == 12


def test_filters_narrow_the_rows_and_repeat(api, table, patient, other_patient):
    def patients(query):
        return [row["patient"] for row in rows_of(api.get(table("patients", query=query)))]

    both = [patient.number, other_patient.number]
    assert patients("?site=02") == [other_patient.number]
    assert patients("?site=01&site=02") == both
    assert patients(f"?patient={other_patient.number}") == [other_patient.number]
    assert patients(f"?patient={patient.screening_number}") == [patient.number]
    assert patients(f"?site=01&patient={other_patient.number}") == []


def test_visits_narrow_every_table_whose_rows_belong_to_one(
    api, table, patient, other_patient, coordinator
):
    for key in ("screening", "C1D1"):
        visit = open_visit(patient, key=key, by=coordinator)
        save_form("vital-signs", visit, by=coordinator, ecog="1")
    [row] = rows_of(api.get(table("vital_signs", query="?visit=C1D1")))
    assert (row["patient"], row["visit"]) == (patient.number, "C1D1")
    rows = rows_of(api.get(table("visits", query="?visit=C1D1&visit=scan&site=02")))
    assert [row["visit"] for row in rows] == ["C1D1", "scan"]
    page = api.get(table("vital_signs", form="json", query="?visit=scan")).json()
    assert page["count"] == 0


def test_dry_run_counts_what_the_filters_leave(api, patient, other_patient):
    def counts(query=""):
        listed = api.get(f"/api/v1/trials/small/tables/{query}").json()
        return {item["name"]: item["rows"] for item in listed}

    assert (counts()["visits"], counts()["endpoint_summary"]) == (6, 0)
    narrow = counts("?site=02&visit=C1D1")
    assert (narrow["visits"], narrow["patients"], narrow["endpoint_summary"]) == (1, None, None)
    assert api.get("/api/v1/trials/small/tables/?site=99").status_code == 400


def test_pages_link_to_each_other(api, table, trial, coordinator):
    for _patient in range(34):
        make_enrolled_patient(trial, by=coordinator)
    page = api.get(table("visits", form="json")).json()
    assert (page["count"], len(page["results"]), page["previous"]) == (102, 100, None)
    last = api.get(page["next"]).json()
    assert (len(last["results"]), last["next"]) == (2, None)


def test_other_trial_s_rows_stay_out(api, table, patient, coordinator):
    make_enrolled_patient(make_trial("other"))
    rows = rows_of(api.get(table("patients")))
    assert [row["patient"] for row in rows] == [patient.number]


def test_every_export_leaves_an_entry(api, table, statistician, patient):
    text_of(api.get(table("visits", query=f"?patient={patient.number}")))
    api.get(table("patients", form="json"))
    first, second = AuditEntry.objects.filter(event="export").order_by("pk")
    assert (first.actor_id, first.table_name) == (statistician.pk, "core_trial")
    numbers = sorted([patient.number, patient.screening_number])
    assert first.changes == {
        "table": "visits",
        "rows": 3,
        "format": "csv",
        "sites": [],
        "patients": numbers,
        "visits": [],
    }
    assert (second.changes["format"], second.changes["rows"]) == ("json", 1)
    assert second.source == "web api:table-detail"


@pytest.mark.parametrize("name", ["visits", "vital_signs", "daily_doses"])
def test_number_of_queries_does_not_grow(
    api, table, trial, coordinator, name, django_assert_max_num_queries
):
    def fill():
        patient = make_enrolled_patient(trial, by=coordinator)
        visit = open_visit(patient, by=coordinator)
        save_form("vital-signs", visit, by=coordinator, ecog="0")

    fill()
    rows_of(api.get(table(name)))  # notes the token's use, once a minute
    with django_assert_max_num_queries(22) as few:
        rows_of(api.get(table(name)))
    for _patient in range(3):
        fill()
    with django_assert_max_num_queries(len(few)):
        rows_of(api.get(table(name)))


def test_export_is_the_same_in_every_language(api, table, patient):
    english = text_of(api.get(table("visits")))
    assert text_of(api.get(table("visits"), HTTP_ACCEPT_LANGUAGE="zh-hans")) == english


def test_computed_columns_follow_the_values_and_are_empty_without_them(api, table, patient):
    first, second = open_visit(patient), open_visit(patient, key="C1D1")
    save_form("vital-signs", first, weight_kg=Decimal(80), height_cm=Decimal(180), ascites="none")
    save_form("vital-signs", second, weight_kg=Decimal(81), missing={"pulse_per_min": "ND"})
    save_form("laboratory", second, bilirubin_umol_l=Decimal(17), albumin_g_l=Decimal(40))
    signs = rows_of(api.get(table("vital_signs")))
    assert [row["bmi_kg_m2"] for row in signs] == ["24.7", "25.0"]
    [row] = rows_of(api.get(table("laboratory")))
    assert (row["albi_score"], row["modified_albi_grade"]) == ("-2.588", "2a")
    assert row["child_pugh_points"] == ""


def test_codebook_marks_what_is_derived(api):
    rows = rows_of(api.get("/api/v1/trials/small/codebook.csv"))
    derived = {(row["table"], row["name"]) for row in rows if row["is_derived"] == "Y"}
    assert {("laboratory", "albi_score"), ("time_to_event", "days")} <= derived
    assert ("laboratory", "albumin_g_l") not in derived
    [row] = [row for row in rows if row["name"] == "albi_score"]
    assert row["note"].startswith("Computed from bilirubin_umol_l, albumin_g_l. Johnson 2015:")
