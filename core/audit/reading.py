"""Reads an entry back: which fields changed, from what to what, as a person reads it.

The two databases write some values differently (a truth value, a JSON column, a moment); what
comes out here is the same for both.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.audit.blinding import revealing_columns, revealing_tables
from core.fields import CapturedField, MissingCode, MultipleChoiceField, captured_fields
from core.models import AuditEntry

KEPT_OUT = ["hidden", "hidden"]
"""What the triggers write for a secret such as a password's hash."""

REDACTED = "redacted"
"""What stands in the place of a value that two persons took out (`core.audit.redaction`)."""

BOOKKEEPING = frozenset(
    {
        "id",
        "revision",
        "submission",
        "created_at",
        "created_by_id",
        "updated_at",
        "updated_by_id",
    }
)
"""Columns that repeat what the entry itself says: who and when."""


PLACES = frozenset({"trial_id", "patient_id", "visit_id", "record_id"})
"""Columns that say where a row belongs, as the entry does. A row that is moved shows them."""


@dataclass(frozen=True)
class FieldChange:
    """One field of one entry. Values are text; empty where there was none."""

    field: str
    label: str | Promise
    old: str
    new: str


@cache
def model_of(table: str) -> type[models.Model] | None:
    """The model behind a table's name; None for a table that a later version dropped."""
    known = apps.get_models(include_auto_created=True)
    return next((model for model in known if model._meta.db_table == table), None)


_NAMERS: list[Callable[[str], type[models.Model] | None]] = []


def register_namer(model_named: Callable[[str], type[models.Model] | None]) -> None:
    """Who knows the model behind a row of a table that holds the rows of several."""
    if model_named not in _NAMERS:
        _NAMERS.append(model_named)


def model_of_entry(entry: AuditEntry) -> type[models.Model] | None:
    """The model behind the changed row, which its table alone may not tell."""
    model = model_of(entry.table_name)
    name = name_of_row(entry)
    found = (namer(name) for namer in _NAMERS if name)
    return next((each for each in found if each is not None), model)


def name_of_row(entry: AuditEntry) -> str:
    """What the row's own column says it is, in a table that holds several kinds."""
    column = getattr(model_of(entry.table_name), "AUDIT_NAMED_BY", "")
    return next((str(side) for side in entry.changes.get(column, ()) if side), "")


def field_changes(entry: AuditEntry, *, shows_arm: bool = False) -> list[FieldChange]:
    """The changed fields in the order of the form; nothing for an event.

    A missing code counts as the value of its field. Without `shows_arm` what would tell the arm
    is left out.
    """
    if entry.action == AuditEntry.Action.EVENT:
        return []
    if not shows_arm and entry.table_name in revealing_tables():
        return []
    left_out = frozenset() if shows_arm else revealing_columns(entry.table_name)
    model = model_of_entry(entry)
    if model is None:
        return [_unknown(name, *pair) for name, pair in entry.changes.items()]
    return [item for item in _changes(entry, model) if item.field not in left_out]


def _changes(entry: AuditEntry, model: type[models.Model]) -> Iterator[FieldChange]:
    codes = _codes(entry.changes.get("missing"))
    captured = {item.name for item in captured_fields(model)}
    for field in model._meta.local_fields:
        pair = entry.changes.get(field.column)
        if field.name in captured:
            old_code, new_code = (side.get(field.name, "") for side in codes)
            if pair is None and old_code == new_code:
                continue
            old, new = pair or (None, None)
            yield FieldChange(
                field.name,
                field.verbose_name,
                _missing(old_code) or text_of(field, old),
                _missing(new_code) or text_of(field, new),
            )
        elif pair is not None and not _says_nothing_new(model, field.column, pair):
            yield FieldChange(field.name, field.verbose_name, *_texts(field, pair))
    columns = {field.column for field in model._meta.local_fields}
    for name in entry.changes.keys() - columns:
        yield _unknown(name, *entry.changes[name])


def _says_nothing_new(model: type[models.Model], column: str | None, pair: list[Any]) -> bool:
    if column == getattr(model, "AUDIT_NAMED_BY", ""):
        return True
    return column in BOOKKEEPING or column == "missing" or (column in PLACES and None in pair)


def _texts(field: "models.Field[Any, Any]", pair: list[Any]) -> tuple[str, str]:
    if pair == KEPT_OUT:
        return "", _("(changed; the trail does not keep it)")
    return text_of(field, pair[0]), text_of(field, pair[1])


def _unknown(name: str, old: Any, new: Any) -> FieldChange:
    """A column that this version of the program has no field for."""
    return FieldChange(name, name, *("" if side is None else str(side) for side in (old, new)))


def text_of(field: "models.Field[Any, Any]", raw: Any) -> str:
    """A value of the trail in words: the label of a code, an ISO date, a number with its places."""
    if raw in (None, "", REDACTED):
        return _("(redacted)") if raw == REDACTED else ""
    if isinstance(raw, str | int) and raw in (labels := dict(field.flatchoices)):
        return str(labels[raw])
    if isinstance(field, MultipleChoiceField):
        return field.words(" ".join(raw) if isinstance(raw, list) else str(raw))
    for kind, read in _READERS:
        if isinstance(field, kind):
            return read(field, raw)
    if isinstance(field, CapturedField) and hasattr(field.model, "reads_as"):
        row: Any = field.model(**{field.attname: raw})
        return str(row.reads_as(field.name))
    return str(raw)


def details_of(entry: AuditEntry) -> str:
    """What an event noted, as `name: value` lines in one text."""
    if entry.action != AuditEntry.Action.EVENT:
        return ""
    said = ((name, _in_words(value)) for name, value in entry.changes.items())
    return "; ".join(f"{name}: {value}" for name, value in said if value)


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_in_words(each)}" for name, each in value.items())
    if isinstance(value, list):
        return ", ".join(_in_words(each) for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


def field_label(table: str, name: str) -> str | Promise:
    """The name itself for a detail of an event, which may be called as the model's other side."""
    model = model_of(table)
    try:
        field = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return name
    return getattr(field, "verbose_name", name)


def _missing(code: str) -> str:
    return str(MissingCode(code).label) if code in MissingCode.values else code


def _codes(pair: list[Any] | None) -> tuple[dict[str, str], dict[str, str]]:
    """The missing codes before and after; both empty where they did not change."""
    old, new = (_parsed(side) or {} for side in pair or (None, None))
    return old, new


def _parsed(raw: Any) -> Any:
    """A JSON column: SQLite's triggers wrote its text until they learned to write its value."""
    return json.loads(raw) if isinstance(raw, str) and raw else raw


def _yes_or_no(field: "models.Field[Any, Any]", raw: Any) -> str:
    return _("yes") if raw else _("no")


def _decimal(field: "models.Field[Any, Any]", raw: Any) -> str:
    places = getattr(field, "decimal_places", 0)
    try:
        return format(Decimal(str(raw)).quantize(Decimal(1).scaleb(-places)), "f")
    except InvalidOperation:
        return str(raw)


def _moment(field: "models.Field[Any, Any]", raw: Any) -> str:
    found = parse_datetime(str(raw))
    if found is None:
        return str(raw)
    at = found if found.tzinfo else found.replace(tzinfo=UTC)
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _json(field: "models.Field[Any, Any]", raw: Any) -> str:
    return json.dumps(_parsed(raw), ensure_ascii=False)


_READERS: tuple[tuple[type, Callable[["models.Field[Any, Any]", Any], str]], ...] = (
    (models.BooleanField, _yes_or_no),
    (models.DecimalField, _decimal),
    (models.DateTimeField, _moment),
    (models.JSONField, _json),
)
