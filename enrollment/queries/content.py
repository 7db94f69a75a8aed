"""What a filled form holds, as the canonical content that a signature covers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from enrollment.models import FormRecord, FormRow, Patient
from enrollment.registry import FormSpec
from oversight.queries import open_queries_by_record

# Of the record as such, not of what was entered; what matters of it stands by itself.
_APART = {
    "id",
    "record_id",
    "row_number",
    "state",
    "revision",
    "missing",
    "submission",
    "form",
    "answers",
    "patient_id",
    "visit_id",
    *(f"{done}_{who}" for done in ("created", "updated", "completed") for who in ("at", "by_id")),
}


def contents(spec: FormSpec, records: Sequence[FormRecord]) -> dict[int, dict[str, Any]]:
    """Record id to content. Give records as the database has them. At most four queries."""
    ids = [record.pk for record in records]
    rows = _rows(spec, ids)
    asked = open_queries_by_record((spec.slug, pk) for pk in ids)
    versions = _versions({record.patient_id for record in records})
    return {
        record.pk: {
            "form": spec.slug,
            "record": record.pk,
            "patient": record.patient_id,
            "visit": getattr(record, "visit_id", None),
            "number": getattr(record, "row_number", None),
            "definition": versions[record.patient_id],
            "revision": record.revision,
            "values": _values(record),
            "missing": dict(record.missing),
            "rows": rows.get(record.pk, {}),
            "authors": _authors(record),
            "queries": asked.get((spec.slug, record.pk), []),
        }
        for record in records
    }


def content_of(spec: FormSpec, record: FormRecord) -> dict[str, Any]:
    """The content as stored now, whatever this instance holds."""
    stored = spec.model._default_manager.get(pk=record.pk)
    return contents(spec, [stored])[record.pk]


def _rows(spec: FormSpec, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    if spec.rows is None:
        return found
    stored: models.QuerySet[Any] = spec.rows.model._default_manager.filter(record__in=list(ids))  # type: ignore[misc]
    for row in stored.order_by("record_id", "row_number"):
        found[row.record_id][str(row.row_number)] = {
            "values": _values(row),
            "missing": dict(row.missing),
        }
    return found


def _versions(patients: Iterable[int]) -> dict[int, dict[str, Any]]:
    columns = ("pk", "version__number", "version__sha256")
    rows = Patient.objects.filter(pk__in=list(patients)).values_list(*columns)
    return {pk: {"version": number, "sha256": sha256} for pk, number, sha256 in rows}


def _values(row: FormRecord | FormRow) -> dict[str, Any]:
    """Without what is empty, so that a column added later changes no content."""
    found = {
        field.attname: _as_json(field, getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in _APART and not field.generated
    }
    found |= getattr(row, "answers", {})
    return {name: value for name, value in found.items() if value not in (None, "")}


def _authors(record: FormRecord) -> dict[str, Any]:
    return {
        done: {
            "by": getattr(record, f"{done}_by_id"),
            "at": _instant(getattr(record, f"{done}_at")),
        }
        for done in ("created", "updated", "completed")
    }


def _as_json(field: models.Field, value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.{getattr(field, 'decimal_places', 0) or 0}f}"
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | str | dict | list):
        return value
    return str(value)


def _instant(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat(timespec="microseconds") if value else None
