"""Every table that a trial exports: declared once, read by CSV, JSON, codebook and OpenAPI."""

from reports.queries.tables.catalog import (
    all_tables,
    find_table,
    tables_for,
    tables_of,
    tables_seen_in,
)
from reports.queries.tables.column import Cell, Column, Type
from reports.queries.tables.scope import Scope
from reports.queries.tables.table import Kind, Table

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "Scope",
    "Table",
    "Type",
    "all_tables",
    "find_table",
    "tables_for",
    "tables_of",
    "tables_seen_in",
]
