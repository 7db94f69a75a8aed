"""`record`: flat or as entity, attribute, value."""

from collections.abc import Generator
from dataclasses import replace

from django.http import HttpResponseBase

from reports.actions.redcap import note_records
from reports.api.redcap.answers import rows_answer
from reports.api.redcap.call import Call
from reports.api.redcap.instruments import EVENT, INSTANCE, REPEATED
from reports.api.redcap.layout import layout_of
from reports.api.redcap.lines import Line, lines_of, patients
from reports.api.redcap.selection import selection_of
from reports.queries.tables.rows import rows_of

EAV = ["record", EVENT, REPEATED, INSTANCE, "field_name", "value"]


def record(call: Call) -> HttpResponseBase:
    """Notes the export before a single row has left."""
    kind = call.one_of("type", ("flat", "eav"), "flat")
    selection = selection_of(call)
    layout = layout_of(call, selection.columns, selection.instruments, selection.events.values())
    scope = replace(call.scope, patients=selection.patients or frozenset())
    is_nobody = selection.patients == frozenset()
    lines = _none() if is_nobody else lines_of(selection, scope)
    count = 0 if is_nobody else rows_of(patients(), scope).count()
    tables = [part.instrument.name for part in selection.parts]
    note_records(scope, tables, records=count, form=f"redcap-{call.format}")
    if kind == "eav":
        return rows_answer(call, EAV, layout.eav(lines))
    headers = layout.written_headers
    return rows_answer(call, layout.names, layout.flat(lines), headers=headers)


def _none() -> Generator[Line, None, None]:
    yield from ()
