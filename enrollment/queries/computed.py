"""Computed values of forms, as a person reads them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.fields import CapturedField, captured_fields
from enrollment.computed import (
    Computed,
    Lacking,
    around_all,
    computed_of,
    differs,
    labels_of,
    source_of,
)
from enrollment.models import FormRecord, Visit
from enrollment.registry import FormSpec
from enrollment.values import text_of


@dataclass(frozen=True)
class ComputedValue:
    """`text` is empty where there is no value, and `why` says the reason.

    `entered` is what a person stated instead, where the two differ, in the field `entered_in`.
    """

    name: str
    label: str
    text: str
    unit: str
    rule: str
    why: str = ""
    entered: str = ""
    entered_in: str = ""


def computed_values(
    spec: FormSpec, visit_id: int | None, own: Mapping[str, Any]
) -> list[ComputedValue]:
    """From the values of the form's fields, typed or stored. One query for what lies around.

    `visit_id` is None for the row of a log, whose values follow from the row alone.
    """
    declared = _declared(spec)
    if not declared:
        return []
    around = _around(declared, [visit_id]).get(visit_id, {})
    return _values(spec, declared, {**own, **around})


def computed_of_records(spec: FormSpec, records: Sequence[Any]) -> dict[int, list[ComputedValue]]:
    """Record id to its computed values, with one query for all of them."""
    declared = _declared(spec)
    if not declared:
        return {}
    visit_of = {record.pk: getattr(record, "visit_id", None) for record in records}
    around = _around(declared, set(visit_of.values()))
    return {
        record.pk: _values(spec, declared, stored_answers(record) | around[visit_of[record.pk]])
        for record in records
    }


def _declared(spec: FormSpec) -> list[Computed]:
    """Those whose fields the form asks for: an early version of a trial's form may lack some."""
    asked = {field.name for field in spec.fields}
    return [item for item in computed_of(spec.slug) if asked.issuperset(item.own)]


def stored_answers(record: FormRecord) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in captured_fields(type(record))}


def _around(
    declared: list[Computed], visits: Iterable[int | None]
) -> dict[int | None, dict[str, Any]]:
    items = around_all(declared)
    if not items:
        return {pk: {} for pk in visits}
    rows = Visit.objects.filter(pk__in=[pk for pk in visits if pk is not None]).values_list(
        "pk", *(source_of(item, "") for item in items)
    )
    names = [item.name for item in items]
    return {pk: dict(zip(names, values, strict=True)) for pk, *values in rows}


def _values(
    spec: FormSpec, declared: list[Computed], values: Mapping[str, Any]
) -> list[ComputedValue]:
    return [_value(spec, item, values) for item in declared if item.is_shown(values)]


def _value(spec: FormSpec, item: Computed, values: Mapping[str, Any]) -> ComputedValue:
    words = (item.name, str(item.label))
    try:
        found = item.of(values, labels_of(item, spec.model))
    except Lacking as lacking:
        return ComputedValue(*words, "", str(item.unit), str(item.rule), why=str(lacking))
    choices = dict(item.choices)
    text, entered = str(choices.get(str(found), found)), ""
    if item.entered and differs(found, values.get(item.entered)):
        entered = text_of(_field(spec, item.entered), values[item.entered])
    return ComputedValue(
        *words, text, str(item.unit), str(item.rule), entered=entered, entered_in=item.entered
    )


def _field(spec: FormSpec, name: str) -> CapturedField:
    return next(field for field in spec.fields if field.name == name)
