"""The rows of each table in the OpenAPI document, from the declaration of its columns."""

from typing import Any

from django.utils import translation

from reports.queries.tables import Column, Table, Type, all_tables

_JSON_TYPES = {Type.INTEGER: "integer", Type.DECIMAL: "number"}
_FORMATS = {Type.DATE: "date", Type.TIME: "date-time"}

PAGE_OF_ROWS: dict[str, Any] = {
    "type": "object",
    "required": ["count", "next", "previous", "results"],
    "properties": {
        "count": {"type": "integer"},
        "next": {"type": "string", "format": "uri", "nullable": True},
        "previous": {"type": "string", "format": "uri", "nullable": True},
        "results": {
            "type": "array",
            "items": {
                "anyOf": [
                    {"$ref": f"#/components/schemas/row_{table.name}"} for table in all_tables()
                ]
            },
        },
    },
}


def add_row_schemas(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: one component for the rows of each table."""
    with translation.override("en"):
        rows = {f"row_{table.name}": _row_schema(table) for table in all_tables()}
    result["components"]["schemas"].update(rows)
    return result


def _row_schema(table: Table) -> dict[str, Any]:
    return {
        "type": "object",
        "title": str(table.title),
        "required": table.column_names,
        "properties": {column.name: _cell_schema(column) for column in table.columns},
    }


def _cell_schema(column: Column) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": _JSON_TYPES.get(column.type, "string"),
        "description": str(column.label),
        "nullable": True,
    }
    if column.type in _FORMATS:
        schema["format"] = _FORMATS[column.type]
    return schema
