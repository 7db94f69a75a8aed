"""The published schema: which tables and columns there are, since when, and how they are typed.

`schema.json` beside this file is committed. It is compared with the declared tables by a test, so
that no release changes a name unannounced, and written by `manage.py export_schema`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports.queries.tables.catalog import all_tables
from reports.queries.tables.short_names import short_name
from reports.queries.tables.table import Table

FILE = Path(__file__).with_name("schema.json")


@dataclass(frozen=True)
class Published:
    """What the file says of one column: its type, the first release that had it, and its name of
    eight characters for SAS transport files."""

    type: str
    since: str
    sas: str


@cache
def published() -> dict[str, Any]:
    values: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return values


def schema_version() -> int:
    return int(published()["version"])


def column_of_schema(table: str, name: str) -> Published:
    """What is published of it. Of a column that a change just added, nothing yet: until the file is
    renewed, the test of the schema fails, and nothing else does."""
    said = _published(table).get("columns", {}).get(name)
    return Published(**said) if said else Published("", "", short_name(name, ()))


def sas_name_of(table: str) -> str:
    return str(_published(table).get("sas") or short_name(table, ()))


def _published(table: str) -> dict[str, Any]:
    found: dict[str, Any] = published()["tables"].get(table, {})
    return found


def differences(known: dict[str, Any]) -> Iterator[str]:
    """What a statistician's script could trip over: all but new tables and columns at the end."""
    declared = {table.name: table for table in all_tables()}
    for name, table in known["tables"].items():
        if name not in declared:
            yield f"{name} is gone"
            continue
        now = {column.name: column.type.value for column in declared[name].columns}
        for column, said in table["columns"].items():
            if column not in now:
                yield f"{name}.{column} is gone"
            elif now[column] != said["type"]:
                yield f"{name}.{column} was {said['type']} and is {now[column]}"


def renewed(known: dict[str, Any], *, release: str) -> dict[str, Any]:
    """The file's content for the tables as they are declared; what it says already stays said.

    The version grows with every change.
    """
    before = known["tables"]
    taken = {said["sas"] for said in before.values()}
    tables = {}
    for table in all_tables():
        said = before.get(table.name, {"since": release, "columns": {}})
        sas = said.get("sas") or short_name(table.name, taken)
        taken.add(sas)
        columns = dict(_columns(table, said["columns"], release))
        tables[table.name] = {"since": said["since"], "sas": sas, "columns": columns}
    # As text, because the order of columns counts too.
    is_same = json.dumps(tables) == json.dumps(before)
    return known | {"version": known["version"] + (not is_same), "tables": tables}


def as_text(values: dict[str, Any]) -> str:
    """The file: one line for each column, so that a comparison of two versions reads well."""
    text = json.dumps(values, indent=1)
    innermost = re.compile(r"\{[^{}]*\}")
    return innermost.sub(lambda found: re.sub(r"\n\s*", " ", found[0]), text) + "\n"


def _columns(
    table: Table, known: dict[str, Any], release: str
) -> Iterable[tuple[str, dict[str, str]]]:
    taken = {said["sas"] for said in known.values()}
    for column in table.columns:
        said = known.get(column.name, {"since": release})
        sas = said.get("sas") or short_name(column.name, taken)
        taken.add(sas)
        yield column.name, {"type": column.type.value, "since": said["since"], "sas": sas}
