"""Values that are not of their column's kind. They would stop every other check, so they are
found first, and what holds one is left out of the rest.

PostgreSQL refuses them in numbers and dates; SQLite stores whatever it is given.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import CharField, F, Func, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from core.fields import (
    CapturedField,
    DateField,
    IntegerField,
    NumberField,
    PartialDateField,
    captured_fields,
)
from enrollment.models import FormRow
from enrollment.quality.catalog import Check, Finding, Severity, register_check
from enrollment.quality.scope import Scope
from enrollment.registry import FormSpec, all_specs

WRONG_TYPE = "DQ-005"

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def find_wrong_types(scope: Scope) -> Iterator[Finding]:
    """Notes in the scope which records and rows the other checks cannot read."""
    for spec in all_specs(trial=scope.trial.slug):
        yield from _in_table(spec, spec.model, scope.records(spec.model), scope)
        if spec.rows is not None:
            yield from _in_table(spec, spec.rows.model, scope.rows(spec.rows.model), scope)


def _in_table(spec: FormSpec, model: Any, rows: Any, scope: Scope) -> Iterator[Finding]:
    fields = [field for field in captured_fields(model) if _can_be_wrong(field)]
    if not fields:
        return
    is_row = issubclass(model, FormRow)
    has_visit = hasattr(spec.model, "visit")
    prefix = "record__" if is_row else ""
    suspicious = Q()
    for field in fields:
        suspicious |= _suspicion(field)
    texts = {f"{field.name}_text": Cast(field.name, CharField()) for field in fields}
    kinds = {f"{field.name}_kind": _kind(field) for field in fields}
    found = rows.alias(**texts, **kinds).filter(suspicious).order_by("pk")
    lines = found.values_list(
        "pk",
        "record_id" if is_row else "pk",
        f"{prefix}patient_id",
        f"{prefix}visit_id" if has_visit else F("pk"),
        "row_number" if is_row else F("pk"),
        *(F(name) for name in texts),
    )
    for pk, record_id, patient_id, visit_id, number, *held in lines:
        for field, text in zip(fields, held, strict=True):
            if text is None or _is_of_kind(field, str(text)):
                continue
            scope.unreadable.setdefault(model, set()).add(pk)
            place = scope.place(
                spec.slug,
                record_id,
                patient_id,
                field=field.name,
                visit_id=visit_id if has_visit else None,
                row_number=number if is_row else None,
            )
            yield Finding(place, {"value": str(text)[:40]})


def _can_be_wrong(field: CapturedField) -> bool:
    if isinstance(field, PartialDateField):
        return True
    is_typed = isinstance(field, (NumberField, IntegerField, DateField))
    return is_typed and connection.vendor == "sqlite"


def _kind(field: CapturedField) -> Func:
    """SQLite's own word for what is stored."""
    function = "typeof" if connection.vendor == "sqlite" else "pg_typeof"
    return Cast(Func(F(field.name), function=function, output_field=CharField()), CharField())


def _suspicion(field: CapturedField) -> Q:
    if isinstance(field, (NumberField, IntegerField)):
        return Q(**{f"{field.name}_kind": "text"})
    if isinstance(field, DateField):
        return Q(**{f"{field.name}__isnull": False}) & ~Q(
            **{f"{field.name}_text__regex": r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$"}
        )
    return Q(**{f"{field.name}__isnull": False}) & ~Q(
        **{
            f"{field.name}_text__regex": r"^(19|20)\d\d"
            r"(-(0[1-9]|1[0-2])(-(0[1-9]|1\d|2[0-8]))?)?$"
        }
    )


def _is_of_kind(field: CapturedField, text: str) -> bool:
    if isinstance(field, (NumberField, IntegerField)):
        return _NUMBER.fullmatch(text) is not None
    try:
        if isinstance(field, DateField):
            date.fromisoformat(text)
        else:
            PartialDate.parse(text)
    except ValueError:
        return False
    return True


register_check(
    Check(
        WRONG_TYPE,
        _("Value of a wrong type"),
        _("“%(value)s” is no number or no date, whichever the field asks for. Enter it again."),
        _(
            "Only a write past the application can leave one. Other checks skip such a record until"
            " it is corrected, for they could not read it."
        ),
        Severity.ERROR,
        find_wrong_types,
        is_automatic=True,
    )
)
