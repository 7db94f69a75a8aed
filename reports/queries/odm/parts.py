"""Which tables are forms and item groups of the document, and what these are called in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from enrollment import registry
from reports.queries.tables import Column, Kind, Table

EVERY_PATIENT = "SE.patient"
"""The event of what belongs to no visit."""
_PLACES = frozenset({"trial", "site", "patient", "visit", "visit_sequence", "row", "log_row"})
"""Keys that are structure in the document. Others, such as a barcode, are items."""
_CAPTURED = (Kind.CORE, Kind.FORM, Kind.ROWS)


@dataclass(frozen=True)
class Part:
    """One table as an item group; `form` is the name of the table of the form that it is in."""

    table: Table
    form: str

    @property
    def items(self) -> list[Column]:
        """Without the patient, the visit, and the repeat of a form or a group."""
        return [
            column
            for column in self.table.columns
            if not (column.is_key and column.name in _PLACES)
        ]

    @property
    def is_group_repeated(self) -> bool:
        return self.table.kind is not Kind.FORM

    @property
    def form_row(self) -> Column | None:
        """What counts the repeats of the form: the row of a log."""
        name = "row" if self.table.kind is Kind.FORM else "log_row"
        return next(
            (item for item in self.table.columns if item.name == name and item.source), None
        )

    @property
    def group_row(self) -> Column | None:
        """What counts the repeats of the group; tables that are no form have no such number."""
        if self.table.kind is not Kind.ROWS:
            return None
        return next(item for item in self.table.columns if item.name == "row")


def parts_of(tables: Iterable[Table]) -> list[Part]:
    """What was captured. Derived tables, queries and the trail itself are no clinical data."""
    forms = {
        spec.rows.table: spec.table
        for spec in (*registry.all_specs(), *registry.independent_specs())
        if spec.rows is not None
    }
    return [
        Part(table, forms.get(table.name, table.name))
        for table in tables
        if table.kind in _CAPTURED
    ]


def item_oid(table: str, column: str) -> str:
    return f"IT.{table}.{column}"


def group_oid(table: str) -> str:
    return f"IG.{table}"


def form_oid(table: str) -> str:
    return f"FM.{table}"


def event_oid(visit: str) -> str:
    return f"SE.visit.{visit}" if visit else EVERY_PATIENT


def user_oid(person: int | None) -> str:
    return f"US.{person if person is not None else 'system'}"


def location_oid(site: str) -> str:
    return f"LOC.{site}"


def signature_oid(meaning: str) -> str:
    return f"SD.{meaning}"
