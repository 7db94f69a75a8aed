"""Differences of contents in the words of the form."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _

from core.fields import MissingCode
from enrollment.registry import FormSpec
from oversight.calc.content import Difference

# Follow from any save, so that naming them would hide what was changed.
_UNSAID = ("authors", "revision", "record", "form", "patient", "visit", "number")


class Change(NamedTuple):
    label: str
    old: str
    new: str


def described(spec: FormSpec, changes: Iterable[Difference]) -> list[Change]:
    said = (change for change in changes if change.path.split(".")[0] not in _UNSAID)
    return [_described(spec, change) for change in said]


def _described(spec: FormSpec, change: Difference) -> Change:
    kind, *rest = change.path.split(".")
    if kind == "queries":
        return Change(_("open queries"), str(len(change.old or [])), str(len(change.new or [])))
    if kind == "definition":
        return Change(_("version of the trial's definition"), _text(change.old), _text(change.new))
    model: type[models.Model] = spec.model
    prefix = ""
    if kind == "rows" and spec.rows is not None:
        model, prefix = spec.rows.model, _("row %(number)s: ") % {"number": rest[0]}
        kind, rest = (rest[1], rest[2:]) if len(rest) > 2 else (kind, rest)
    if kind == "missing":
        codes = dict(MissingCode.choices)
        old, new = (str(codes.get(value, "–")) for value in (change.old, change.new))
        return Change(prefix + _label(model, rest[-1]), old, new)
    field = _field(model, rest[-1])
    return Change(
        prefix + _label(model, rest[-1]), _text(change.old, field), _text(change.new, field)
    )


def _field(model: type[models.Model], column: str) -> models.Field | None:
    for name in (column, column.removesuffix("_id")):
        try:
            return model._meta.get_field(name)  # type: ignore[return-value]
        except FieldDoesNotExist:
            continue
    return None


def _label(model: type[models.Model], column: str) -> str:
    field = _field(model, column)
    return str(field.verbose_name) if field is not None else column


def _text(value: Any, field: models.Field | None = None) -> str:
    if value in (None, ""):
        return "–"
    labels = dict(field.flatchoices) if field is not None else {}
    return str(labels.get(value, value))
