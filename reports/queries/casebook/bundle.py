"""The machine-readable casebook: a ZIP archive of CSV and JSON with the SHA-256 of each file.

The same state and the same time give the same bytes. Everything is in English keys, times in UTC.
"""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.utils import translation

from core.backup.manifest import app_version
from core.fields import MissingCode
from core.models import Trial
from enrollment.models import Patient
from oversight.models import Query
from reports.queries.casebook.book import Casebook, Filled
from reports.queries.casebook.collect import collect
from reports.queries.tables import Kind, Table, tables_of
from reports.queries.tables.codebook import HEADER, as_cells, codebook
from reports.queries.tables.rows import StoredRows
from reports.queries.tables.text import csv_chunks

FORMAT = "trialsite casebook 1"
MANIFEST = "manifest.json"
_KINDS = (Kind.CORE, Kind.FORM, Kind.ROWS)

README = """One patient's complete record, as data.

manifest.json    what this is of, and the SHA-256 of every other file
tables/*.csv     one file for each form and for the rows inside it: UTF-8, commas, one header line;
                 <field>_missing holds the code for why there is no value
codebook.csv     what each column means: type, unit, codes, limits
records.json     each filled form: state, revision, who created, changed and completed it, and the
                 SHA-256 of its content, over which signatures are made
signatures.json  who signed what, when, with which meaning, and whether the signature holds
queries.json     questions about the data with their threads, and comments
audit.json       the audit trail of the patient, oldest first: field, old, new, who, when, why

Times are in UTC. Partial dates are as they were entered. In a blinded trial nothing here tells the
arm. `manage.py verify_casebook FILE` computes the hashes again; so does any SHA-256 program.
"""


def patient_bundle(patient: Patient, *, at: datetime) -> bytes:
    with translation.override("en"):
        book = collect(patient, at=at)
        files = dict(_files(book))
    files[MANIFEST] = as_json(_manifest(book, files))
    return archive(files, at=at)


def archive(files: dict[str, bytes], *, at: datetime) -> bytes:
    """A ZIP archive whose bytes depend on its content and the time only."""
    target = io.BytesIO()
    moment = at.astimezone(UTC)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=moment.timetuple()[:6])
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = 0o600 << 16
            made.writestr(info, files[name])
    return target.getvalue()


def file_list(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        {"name": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in sorted(files.items())
    ]


def _files(book: Casebook) -> Iterator[tuple[str, bytes]]:
    tables = [table.seen_in(book.patient.trial) for table in _tables(book.patient.trial)]
    for table in tables:
        yield f"tables/{table.name}.csv", _csv_of(table, book.patient)
    yield "codebook.csv", _codebook(tables, book.patient)
    yield "records.json", as_json([_record(form) for form in book.forms])
    yield "signatures.json", as_json([line for form in book.forms for line in _signatures(form)])
    asked = [_query(query) for form in book.forms for query in form.queries]
    remarks = [_comment(form, comment) for form in book.forms for comment in form.comments]
    yield "queries.json", as_json({"queries": asked, "comments": remarks})
    yield "audit.json", as_json([_entry(entry) for entry in book.trail])
    yield "README.txt", README.encode()


def _tables(trial: Trial) -> Iterator[Table]:
    """Without what belongs to nobody at the site: a casebook is the investigator's, too."""
    return (
        table
        for table in tables_of(trial)
        if table.kind in _KINDS
        and table.has_patients
        and not getattr(table.model, "IS_INDEPENDENT", False)
    )


def _csv_of(table: Table, patient: Patient) -> bytes:
    stored: Any = table.model._default_manager  # type: ignore[union-attr]
    own = {"pk" if not table.patient else table.patient.removesuffix("__"): patient.pk}
    rows = StoredRows(table.columns, stored.filter(table.where, **own).order_by(*table.order, "pk"))
    return "".join(csv_chunks(table.column_names, rows)).encode()


def _codebook(tables: list[Table], patient: Patient) -> bytes:
    text = io.StringIO()
    lines: Iterable[list[str]] = map(as_cells, codebook(tables, patient.version.definition))
    csv.writer(text).writerows([HEADER, *lines])
    return text.getvalue().encode()


def _record(form: Filled) -> dict[str, Any]:
    record = form.record
    return {
        "form": form.spec.slug,
        "record": record.pk,
        "visit": getattr(record, "visit_id", None),
        "row": getattr(record, "row_number", None),
        "state": record.state,
        "revision": record.revision,
        "missing": {
            name: code
            for name, code in record.missing.items()
            if code in MissingCode.values and name in form.labels
        },
        "created": _act(record.created_by, record.created_at),
        "changed": _act(record.updated_by, record.updated_at),
        "completed": _act(record.completed_by, record.completed_at),
        "content_sha256": form.sha256,
    }


def _signatures(form: Filled) -> Iterator[dict[str, Any]]:
    for line in reversed(form.signatures):
        signature = line.signature
        yield {
            "form": form.spec.slug,
            "record": form.record.pk,
            "name": signature.printed_name,
            "role": signature.role,
            "meaning": signature.meaning,
            "signed_at": _time(signature.signed_at),
            "revision": signature.revision,
            "content_sha256": signature.sha256,
            "holds": not line.is_broken,
            "broken_at": _time(line.broken_at),
            "broken_by": line.broken_by,
            "reason": line.reason,
        }


def _query(query: Query) -> dict[str, Any]:
    return {
        "id": query.pk,
        "form": query.form,
        "record": query.record_id,
        "row": query.row_number,
        "field": query.field,
        "state": query.state,
        "check": query.check_code,
        "question": query.question,
        "raised": _act(query.raised_by, query.raised_at),
        "closed": _act(query.closed_by, query.closed_at),
        "messages": [
            {"event": message.event, "text": message.text} | _act(message.by, message.at)
            for message in query.messages.all()
        ],
    }


def _comment(form: Filled, comment: Any) -> dict[str, Any]:
    where = {"form": form.spec.slug, "record": form.record.pk, "row": comment.row_number}
    said = {"field": comment.field, "text": comment.text}
    return where | said | _act(comment.by, comment.at)


def _entry(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": _time(entry.at),
        "action": entry.action,
        "table": entry.table,
        "row": entry.row,
        "changes": [
            {"field": field, "old": old, "new": new} for field, _label, old, new in entry.changes
        ],
        "details": entry.details,
        "who": entry.who,
        "role": entry.role,
        "why": entry.reason,
        "from": entry.source,
    }


def _manifest(book: Casebook, files: dict[str, bytes]) -> dict[str, Any]:
    patient = book.patient
    return {
        "format": FORMAT,
        "made_at": _time(book.at),
        "app_version": app_version(),
        "trial": patient.trial.slug,
        "site": patient.site.code,
        "site_time_zone": patient.site.time_zone,
        "patient": str(patient),
        "screening_number": patient.screening_number,
        "is_blinded": book.is_blinded,
        "definition": {"version": patient.version.number, "sha256": patient.version.sha256},
        "last_audit_entry": book.trail[-1].id if book.trail else None,
        "counts": {
            "forms": len(book.forms),
            "signatures": sum(len(form.signatures) for form in book.forms),
            "queries": sum(len(form.queries) for form in book.forms),
            "audit_entries": len(book.trail),
        },
        "files": file_list(files),
    }


def _act(who: Any, at: datetime | None) -> dict[str, Any]:
    return {"by": str(who) if who is not None else "", "at": _time(at)}


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds") if at is not None else None


def as_json(values: Any) -> bytes:
    return (json.dumps(values, indent=1, ensure_ascii=False) + "\n").encode()
