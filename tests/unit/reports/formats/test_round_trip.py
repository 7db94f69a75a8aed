"""Every format, read back by another library and compared with the CSV."""

import csv
import io
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow.parquet as pq
import pyreadstat
import pytest
from django.utils import translation

from reports.formats import FILES_OF, Format, contents_of, write
from reports.queries.tables import Type, all_tables, find_table
from reports.queries.tables.codebook import codebook
from reports.queries.tables.text import csv_chunks

pytestmark = pytest.mark.once

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
LATER = datetime(2027, 1, 2, 9, 30, tzinfo=UTC)
TABLES = [table for table in all_tables() if table.name in {"visits", "vital_signs", "qlq_c30"}]
STATISTICS = {
    Format.SAV: pyreadstat.read_sav,
    Format.DTA: pyreadstat.read_dta,
    Format.XPT: pyreadstat.read_xport,
}

TEXTS = ["=1+1", 'a "quoted", text', "two\nlines", "中文 ✓ 🧪", "0042", " spaced ", "é" * 99]
VALUES = {
    Type.TEXT: TEXTS,
    Type.CODE: ["ND", "UNK", "NA", "Y", "01"],
    Type.INTEGER: [0, -3, 2_000_000_000],
    Type.DECIMAL: [Decimal("70.50"), Decimal("0.1"), Decimal("-12.345")],
    Type.DATE: ["1931-02-03", "2026-11-21"],
    Type.PARTIAL_DATE: ["2026", "2026-11", "2026-11-21"],
    Type.TIME: ["2026-11-21T08:30:15Z", "2026-01-01T00:00:00Z"],
}


def filled(table, *, rows=9):
    """Rows that go through the kinds of values, each with an empty cell now and then."""

    def cell(column, row):
        kinds = [None, *VALUES[column.type]]
        return kinds[row % len(kinds)]

    lines = [[cell(column, row) for column in table.columns] for row in range(rows)]
    return "".join(csv_chunks(table.column_names, lines))


def contents(name, text):
    table = find_table(name)
    with translation.override("en"):
        return contents_of(name, str(table.title), list(codebook([table], None)), text)


def cells(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cell(value, kind):
    """A value that a library read, as the cell that it comes from says it, but for zeros."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind in (Type.INTEGER, Type.DECIMAL):
        return float(value)
    if kind is Type.TIME:
        return None if str(value) == "NaT" else f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def wanted(cell, kind):
    return float(cell) if cell and kind in (Type.INTEGER, Type.DECIMAL) else (cell or None)


def differing(made, table, text):
    """Column and place of each cell that is not the CSV's; `made` gives a column's values."""
    for column in table.columns:
        found = [as_cell(value, column.type) for value in made(column.name)]
        asked = [wanted(row[column.name], column.type) for row in cells(text)]
        if found != asked:
            yield column.name, found, asked


def saved(tmp_path, name, form, text):
    path = tmp_path / "table"
    path.write_bytes(write(contents(name, text), form, at=AT))
    return path


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("form", STATISTICS)
def test_statistics_files_hold_what_the_csv_holds(table, form, tmp_path):
    text = filled(table)
    frame, _about = STATISTICS[form](saved(tmp_path, table.name, form, text))
    names = {item.name: item for item in contents(table.name, text).variables}
    of = (lambda name: names[name].sas) if form is Format.XPT else (lambda name: name)
    # SAS and SPSS fill texts up with spaces, and cannot tell a trailing one from none.
    stripped = text if form is Format.DTA else text.replace(" spaced ", " spaced")
    assert list(differing(lambda name: list(frame[of(name)]), table, stripped)) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_parquet_holds_what_the_csv_holds(table, tmp_path):
    text = filled(table)
    read = pq.read_table(saved(tmp_path, table.name, Format.PARQUET, text))
    assert list(differing(lambda name: read[name].to_pylist(), table, text)) == []
    assert str(read.schema.field("trial").type) == "string"
    about = read.schema.field("visit_sequence").metadata
    assert b"schedule" in about[b"label"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_dataset_json_holds_the_very_cells(table):
    text = filled(table)
    made = json.loads(write(contents(table.name, text), Format.DATASET_JSON, at=AT))
    required = {"datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records"}
    assert required | {"name", "label", "columns"} <= made.keys()
    assert (made["datasetJSONVersion"], made["records"]) == ("1.1.0", 9)
    for column in made["columns"]:
        assert {"itemOID", "name", "label", "dataType"} <= column.keys()
        assert column["dataType"] in {"string", "integer", "decimal", "date", "datetime"}
    names = [column["name"] for column in made["columns"]]
    rows = [
        {name: "" if cell is None else str(cell) for name, cell in zip(names, row, strict=True)}
        for row in made["rows"]
    ]
    assert rows == cells(text)


@pytest.mark.parametrize("form", STATISTICS)
def test_every_table_without_rows_keeps_its_columns(form, tmp_path):
    """Each name is one that the format takes, too."""
    for table in all_tables():
        frame, _about = STATISTICS[form](saved(tmp_path, table.name, form, filled(table, rows=0)))
        assert (len(frame), len(frame.columns)) == (0, len(table.columns))


def test_every_parquet_table_without_rows_keeps_its_columns(tmp_path):
    for table in all_tables():
        path = saved(tmp_path, table.name, Format.PARQUET, filled(table, rows=0))
        assert pq.read_table(path).column_names == table.column_names


@pytest.mark.parametrize("form", FILES_OF)
def test_same_contents_and_time_give_the_same_bytes(form):
    text = contents("visits", filled(find_table("visits")))
    made = write(text, form, at=AT)
    assert made == write(text, form, at=AT)
    dated = {Format.SAV, Format.DTA, Format.XPT, Format.DATASET_JSON}
    assert (made != write(text, form, at=LATER)) is (form in dated)


@pytest.mark.parametrize(
    ("form", "moment"),
    [
        (Format.SAV, b"21 Nov 2608:00:00"),
        (Format.DTA, b"21 Nov 2026 08:00"),
        (Format.XPT, b"21NOV26:08:00:00"),
    ],
)
def test_file_says_the_time_that_it_was_asked_to(form, moment):
    assert moment in write(contents("visits", filled(find_table("visits"))), form, at=AT)


def test_labels_and_code_lists_go_along(tmp_path):
    text = filled(find_table("vital_signs"))
    _frame, about = pyreadstat.read_sav(saved(tmp_path, "vital_signs", Format.SAV, text))
    labels = about.column_names_to_labels
    assert labels["weight_kg"] == "weight (kg)"
    assert set(about.variable_value_labels["weight_kg_missing"]) == {"ND", "UNK", "NA"}


def test_text_of_more_than_200_bytes_ends_after_a_whole_character(tmp_path):
    short, long = "é" * 100, "é" * 101
    names = find_table("visits").column_names
    rows = [[value if name == "reason" else None for name in names] for value in (short, long)]
    made = contents("visits", "".join(csv_chunks(names, rows)))
    path = tmp_path / "visits.xpt"
    path.write_bytes(write(made, Format.XPT, at=AT))
    frame, _about = pyreadstat.read_xport(path)
    assert list(frame["REASON"]) == [short, short]
    assert made.longer_than(200) == {"reason": 1}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        ("a=b", "a=b"),
        ("中文", "中文"),
    ],
)
def test_spreadsheet_file_has_no_cell_that_acts(text, written):
    names = find_table("visits").column_names
    row = [{"reason": text, "day": -1}.get(name) for name in names]
    plain = "".join(csv_chunks(names, [row]))
    made = write(contents("visits", plain), Format.SPREADSHEET, at=AT).decode("utf-8-sig")
    [found] = cells(made)
    assert (found["reason"], found["day"]) == (written, "-1")
    assert cells(plain)[0]["reason"] == text
