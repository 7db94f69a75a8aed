"""What is published of tables and columns does not change unannounced."""

import json
import re
from copy import deepcopy

import pytest
from django.core.management import CommandError, call_command

from reports.management.commands import export_schema
from reports.queries.tables import all_tables, schema
from reports.queries.tables.short_names import short_name

KNOWN = schema.published()
COLUMNS = [
    (table, name, said)
    for table, about in KNOWN["tables"].items()
    for name, said in about["columns"].items()
]


def test_committed_schema_is_that_of_the_declared_tables():
    """If this fails: `manage.py export_schema`, with --rename or --announce for what breaks."""
    assert list(schema.differences(KNOWN)) == []
    assert schema.as_text(schema.renewed(KNOWN, release="9.9")) == schema.FILE.read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda table: table["columns"].update(
                gone={"type": "text", "since": "0.1", "sas": "GONE"}
            ),
            ["visits.gone is gone"],
        ),
        (
            lambda table: table["columns"]["cycle"].update(type="text"),
            ["visits.cycle was text and is integer"],
        ),
        (lambda table: table["columns"].pop("cycle"), []),
    ],
    ids=["gone", "another type", "new"],
)
def test_difference_is_what_a_script_could_trip_over(change, said):
    known = deepcopy(KNOWN)
    change(known["tables"]["visits"])
    assert list(schema.differences(known)) == said
    assert schema.renewed(known, release="9.9")["version"] == KNOWN["version"] + 1


def test_new_column_says_its_release_and_the_others_stay():
    known = deepcopy(KNOWN)
    before = known["tables"]["visits"]["columns"].pop("cycle")
    columns = schema.renewed(known, release="9.9")["tables"]["visits"]["columns"]
    assert columns["cycle"] == before | {"since": "9.9"}
    assert columns["day"] == KNOWN["tables"]["visits"]["columns"]["day"]


@pytest.fixture
def older(tmp_path, monkeypatch):
    """A published schema in which `cycle` of the visits was called `round`."""
    known = deepcopy(KNOWN)
    columns = known["tables"]["visits"]["columns"]
    columns["round"] = columns.pop("cycle")
    monkeypatch.setattr(export_schema, "published", lambda: known)
    monkeypatch.setattr(export_schema, "FILE", tmp_path / "schema.json")
    return tmp_path / "schema.json"


def test_unannounced_change_is_not_written(older):
    with pytest.raises(CommandError, match=re.escape("visits.round is gone")):
        call_command("export_schema")
    assert not older.exists()


def test_rename_goes_into_the_published_map(older, capsys):
    call_command("export_schema", rename=["visits.round=cycle"])
    [rename] = json.loads(older.read_text())["renames"]
    assert (rename["table"], rename["old"], rename["new"]) == ("visits", "round", "cycle")
    assert rename["version"] == KNOWN["version"] + 1


def test_announced_removal_says_why(older, capsys):
    call_command("export_schema", announce="nobody counted rounds")
    [note] = json.loads(older.read_text())["announced"]
    assert note["why"] == "nobody counted rounds"
    assert note["what"] == ["visits.round is gone"]


def test_column_that_is_not_published_yet_has_a_name_all_the_same():
    assert schema.column_of_schema("visits", "brand_new_one") == schema.Published("", "", "BRNDNWN")
    assert schema.sas_name_of("brand_new_one") == "BRNDNWN"


def test_names_for_sas_are_unique_and_short():
    assert [
        said for said in COLUMNS if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", said[2]["sas"])
    ] == []
    assert len({about["sas"] for about in KNOWN["tables"].values()}) == len(all_tables())
    assert len({(table, said["sas"]) for table, _name, said in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize(
    ("name", "taken", "short"),
    [
        ("weight", [], "WEIGHT"),
        ("abcd_efgh", [], "ABCDEFGH"),
        ("abcd_efghi", [], "ABCDFGH"),
        ("weight_missing", [], "WEIGHT_M"),
        ("weight_kg_missing", [], "WGHTKG_M"),
        ("weight", ["WEIGHT"], "WEIGHT02"),
        ("weight_missing", ["WEIGHT_M"], "WEIGH02M"),
    ],
)
def test_short_name(name, taken, short):
    assert short_name(name, taken) == short
