"""Dataset-JSON 1.1, by hand: one object that holds what the columns are and then the rows.

Source: CDISC Dataset-JSON v1.1.0. Decimals are texts with the places that were measured, which is
what its data type `decimal` asks for; partial dates are of the type `string`.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.backup.manifest import app_version
from reports.formats.contents import Contents, Value, Variable
from reports.queries.tables import Type
from reports.queries.tables.schema import schema_version

VERSION = "1.1.0"
_TYPES = {
    Type.INTEGER: "integer",
    Type.DECIMAL: "decimal",
    Type.DATE: "date",
    Type.TIME: "datetime",
}


def write(contents: Contents, *, at: datetime) -> bytes:
    rows = [[_cell(value) for value in row] for row in contents.rows()]
    keys = [variable.name for variable in contents.variables if variable.is_key]
    values: dict[str, Any] = {
        "datasetJSONCreationDateTime": _time(at),
        "datasetJSONVersion": VERSION,
        "sourceSystem": {"name": "trialsite", "version": app_version()},
        "metaDataVersionOID": f"MDV.{schema_version()}",
        "itemGroupOID": f"IG.{contents.name}",
        "records": len(rows),
        "name": contents.name,
        "label": contents.title,
        "columns": [_column(variable, contents, keys) for variable in contents.variables],
        "rows": rows,
    }
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _column(variable: Variable, contents: Contents, keys: list[str]) -> dict[str, Any]:
    kind = _TYPES.get(variable.type, "string")
    column: dict[str, Any] = {
        "itemOID": f"IT.{contents.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": kind,
    }
    if kind == "decimal":
        column["targetDataType"] = "decimal"
    if variable.is_key:
        column["keySequence"] = keys.index(variable.name) + 1
    return column


def _cell(value: Value) -> str | int | None:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return _time(value)
    return value if value is None or isinstance(value, int | str) else value.isoformat()


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
