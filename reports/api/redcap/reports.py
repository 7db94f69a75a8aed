"""`report`: the night's tables of patients, each as one of the project's reports."""

import zlib
from collections import Counter
from collections.abc import Generator

from django.http import HttpResponseBase

from reports.actions.exports import note_export
from reports.api.redcap.answers import rows_answer
from reports.api.redcap.call import Call, not_valid
from reports.api.redcap.events import event_name, events_of
from reports.api.redcap.instruments import Instrument, instruments_of, reports_of
from reports.api.redcap.layout import layout_of
from reports.api.redcap.lines import Key, Line
from reports.queries.tables.rows import rows_of


def report_id(name: str) -> int:
    """A number that stays with the name of the table, for clients that take nothing else."""
    return zlib.crc32(name.encode()) % 1_000_000


def report(call: Call) -> HttpResponseBase:
    """By the name of the table or by its number; without one the answer lists them.

    Raises:
        Refusal: there is no such report.
    """
    item = _asked(call)
    events = events_of(call, instruments_of(call))
    layout = layout_of(call, tuple(field.name for field in item.fields), [item], events)
    note_export(item.table, call.scope, rows=rows_of(item.table, call.scope).count(),
                form=f"redcap-{call.format}")  # fmt: skip
    rows = layout.flat(_lines(call, item))
    return rows_answer(call, layout.names, rows, headers=layout.written_headers)


def _asked(call: Call) -> Instrument:
    asked, reports = call.text("report_id"), reports_of(call)
    for item in reports:
        if asked in (item.name, str(report_id(item.name))):
            return item
    raise not_valid(
        "report_id", ", ".join(f"{report_id(each.name)} ({each.name})" for each in reports)
    )


def _lines(call: Call, item: Instrument) -> Generator[Line, None, None]:
    """Each row of the table is an instance of its own."""
    names = item.table.column_names
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows_of(item.table, call.scope):
        cells = dict(zip(names, row, strict=True))
        # Before enrollment the record is the screening number, as everywhere.
        patient = str(cells["patient"] or cells.get("screening_number") or "")
        event = event_name(str(cells.get("visit") or ""))
        seen[patient, event] += 1
        values = {field.name: field.text(cells[field.column.name], None) for field in item.fields}
        key = Key(event, item.name, seen[patient, event])
        yield Line(patient, str(cells["site"]), key, values)
