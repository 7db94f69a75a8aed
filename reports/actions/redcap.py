"""The entry for an export of records in REDCap's shape."""

from core import audit
from reports.queries.tables import Scope


def note_records(scope: Scope, tables: list[str], *, records: int, form: str) -> None:
    """One entry for all tables that are read. `rows` are those of no table: they are patients."""
    audit.record(
        "export",
        by=scope.user,
        target=scope.trial,
        table="records",
        tables=tables,
        rows=records,
        format=form,
        sites=sorted(scope.sites),
        patients=sorted(scope.patients),
    )
