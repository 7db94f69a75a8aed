"""Columns of what follows from a form's answers: computed while they are read, never stored."""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.fields import Captured, captured_fields
from enrollment.computed import Computed, Lacking, computed_of, labels_of, source_of
from enrollment.registry import FormSpec
from reports.queries.tables.column import Cell, Column, Type


def computed_columns(spec: FormSpec) -> Iterator[Column]:
    reveals = {field.name: field.captured.reveals for field in captured_fields(spec.model)}
    for item in computed_of(spec.slug):
        yield Column(
            name=item.name,
            label=item.label,
            type=_type_of(item),
            source=(
                *item.own,
                *(source_of(input_, "visit__") for input_ in item.around),
            ),
            read=_reader(spec, item),
            choices=item.choices,
            note=format_lazy(
                _("Computed from {inputs}. {rule}"),
                inputs=", ".join(name for name in item.input_names if name != "settings"),
                rule=item.rule,
            ),
            is_derived=True,
            captured=Captured(
                required=False,
                may_be_missing=False,
                unit=item.unit,
                # It tells what its inputs tell.
                reveals=next((reveals[name] for name in item.own if reveals[name]), ""),
            ),
        )


def _type_of(item: Computed) -> Type:
    if item.choices:
        return Type.CODE
    return Type.INTEGER if item.places in (None, 0) else Type.DECIMAL


def _reader(spec: FormSpec, item: Computed) -> Callable[[tuple[Any, ...]], Cell]:
    names = (*item.own, *(input_.name for input_ in item.around))
    labels = labels_of(item, spec.model)

    def read(values: tuple[Any, ...]) -> Cell:
        given = dict(zip(names, values, strict=True))
        if not item.is_shown(given):
            return None
        try:
            return item.of(given, labels)
        except Lacking:
            return None

    return read
