"""Computed values of forms, as a person reads them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.fields import captured_fields
from enrollment.computed import (
    Computed,
    Lacking,
    around_all,
    computed_of,
    labels_of,
    source_of,
)
from enrollment.models import Visit, VisitForm
from enrollment.registry import FormSpec


@dataclass(frozen=True)
class ComputedValue:
    """`text` is empty where there is no value, and `why` says the reason."""

    name: str
    label: str
    text: str
    unit: str
    rule: str
    why: str = ""


def computed_values(spec: FormSpec, visit_id: int, own: Mapping[str, Any]) -> list[ComputedValue]:
    """From the values of the form's fields, typed or stored. One query for what lies around."""
    declared = computed_of(spec.slug)
    if not declared:
        return []
    around = _around(declared, [visit_id]).get(visit_id, {})
    return _values(spec, declared, {**own, **around})


def computed_of_records(spec: FormSpec, records: Sequence[Any]) -> dict[int, list[ComputedValue]]:
    """Record id to its computed values, with one query for all of them."""
    declared = computed_of(spec.slug)
    if not declared:
        return {}
    around = _around(declared, {record.visit_id for record in records})
    return {
        record.pk: _values(spec, declared, stored_answers(record) | around[record.visit_id])
        for record in records
    }


def stored_answers(record: VisitForm) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in captured_fields(type(record))}


def _around(declared: list[Computed], visits: Iterable[int]) -> dict[int, dict[str, Any]]:
    items = around_all(declared)
    rows = Visit.objects.filter(pk__in=visits).values_list(
        "pk", *(source_of(item, "") for item in items)
    )
    names = [item.name for item in items]
    return {pk: dict(zip(names, values, strict=True)) for pk, *values in rows}


def _values(
    spec: FormSpec, declared: list[Computed], values: Mapping[str, Any]
) -> list[ComputedValue]:
    return [_value(spec, item, values) for item in declared if item.is_shown(values)]


def _value(spec: FormSpec, item: Computed, values: Mapping[str, Any]) -> ComputedValue:
    text, why = "", ""
    try:
        found = item.of(values, labels_of(item, spec.model))  # type: ignore[arg-type]
    except Lacking as lacking:
        why = str(lacking)
    else:
        choices = dict(item.choices)
        text = str(choices.get(str(found), found))
    return ComputedValue(item.name, str(item.label), text, str(item.unit), str(item.rule), why)
