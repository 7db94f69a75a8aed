"""The codebook and the OpenAPI document say what the tables hold."""

import csv
import io
from io import StringIO

import pytest
from django.core.management import call_command

from reports.api import examples
from reports.queries.tables import all_tables
from tests.integration.reports.reading import rows_of

CODEBOOK = "/api/v1/trials/small/codebook"


@pytest.fixture
def codebook(api):
    return {(row["table"], row["name"]): row for row in rows_of(api.get(f"{CODEBOOK}.csv"))}


def test_codebook_has_each_column_of_each_table_in_order(codebook):
    declared = [(table.name, name) for table in all_tables() for name in table.column_names]
    assert list(codebook) == declared


def test_codebook_explains_a_measured_value(codebook):
    row = codebook["vital_signs", "weight_kg"]
    assert (row["label"], row["type"], row["unit"]) == ("weight", "decimal", "kg")
    assert [row[name] for name in ("minimum", "usual_minimum", "usual_maximum", "maximum")] == [
        "20",
        "35",
        "130",
        "300",
    ]
    assert row["is_required"] == "Y"
    assert row["missing_in"] == "weight_kg_missing"
    assert row["missing_codes"] == "ND=not done | UNK=unknown | NA=not applicable"


def test_codebook_explains_codes_of_fields_and_of_the_definition(codebook):
    assert "F=female | M=male" in codebook["patients", "sex"]["codes"]
    assert codebook["criterion_answers", "criterion"]["codes"] == (
        "I01=Is adult. | E01=Cannot swallow capsules."
    )
    assert codebook["visits", "site"]["codes"] == "01=First hospital | 02=Second hospital"


def test_codebook_says_when_a_question_is_asked(codebook):
    row = codebook["deaths", "cause_text"]
    assert row["asked_when"] == "cause is adverse-event or other"


def test_codebook_marks_the_keys(codebook):
    keys = [
        name
        for (table, name), row in codebook.items()
        if table == "visits" and row["is_key"] == "Y"
    ]
    assert keys == ["trial", "site", "patient", "visit", "visit_sequence"]


def test_codebook_is_english_for_everybody(api):
    texts = [
        b"".join(api.get(f"{CODEBOOK}.csv", HTTP_ACCEPT_LANGUAGE=code).streaming_content)
        for code in ("en", "zh-hans")
    ]
    assert texts[0] == texts[1]


def test_codebook_as_json_is_the_same(api, codebook):
    entries = api.get(f"{CODEBOOK}/").json()
    assert [(entry["table"], entry["name"]) for entry in entries] == list(codebook)
    sex = next(entry for entry in entries if entry["name"] == "sex")
    assert sex["codes"] == [{"code": "F", "label": "female"}, {"code": "M", "label": "male"}]


def test_openapi_document_is_valid_and_without_warnings():
    text = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=text)
    assert "/api/v1/trials/{slug}/tables/{name}.csv" in text.getvalue()


def test_openapi_document_describes_the_rows_of_each_table(api):
    schemas = api.get("/api/v1/openapi.json").json()["components"]["schemas"]
    for table in all_tables():
        assert list(schemas[f"row_{table.name}"]["properties"]) == table.column_names


def test_openapi_document_names_the_token(api):
    document = api.get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["token"]["name"] == "Authorization"
    operation = document["paths"]["/api/v1/trials/{slug}/tables/{name}.csv"]["get"]
    assert {"token": []} in operation["security"]
    assert {"400", "401", "403", "404"} <= operation["responses"].keys()


def test_answers_of_the_list_of_tables_are_complete(api):
    [visits] = [
        item for item in api.get("/api/v1/trials/small/tables/").json() if item["name"] == "visits"
    ]
    assert (visits["title"], visits["kind"], visits["rows"]) == ("visits", "core", 0)
    assert visits["columns"][0] == {"name": "trial", "type": "code", "label": "trial"}
    assert visits["csv"].endswith("/api/v1/trials/small/tables/visits.csv")
    header = next(
        csv.reader(io.StringIO(b"".join(api.get(visits["csv"]).streaming_content).decode()))
    )
    assert header == [column["name"] for column in visits["columns"]]


def test_examples_are_as_the_answers_are(api, patient):
    [consent] = api.get("/api/v1/trials/small/tables/consents/").json()["results"]
    assert list(consent) == list(examples.CONSENT)
    text = b"".join(api.get("/api/v1/trials/small/tables/consents.csv?since=0").streaming_content)
    [header, *_lines] = text.decode().split("\r\n")
    assert header == examples.CHANGES.split("\r\n")[0] == f"_change,{','.join(consent)}"
    answer = api.get("/api/v1/trials/small/tables/visits.csv?visit=C99D99").json()
    assert answer == examples.BAD_VISIT


def test_openapi_document_shows_the_examples(api):
    document = api.get("/api/v1/openapi.json").json()
    answers = document["paths"]["/api/v1/trials/{slug}/tables/{name}.csv"]["get"]["responses"]
    shown = answers["200"]["content"]["text/csv"]["examples"]
    assert {example["value"] for example in shown.values()} == {examples.CSV, examples.CHANGES}
    [refused] = answers["400"]["content"]["application/problem+json"]["examples"].values()
    assert refused["value"]["code"] == "parameter_invalid"
