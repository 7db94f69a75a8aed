"""What is written in filled forms, as a person reads it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.fields import CapturedField, MissingCode, captured_fields
from enrollment.models import FormRecord, FormRow
from enrollment.registry import FormSpec, Rows
from enrollment.values import text_of


@dataclass(frozen=True)
class FieldValue:
    """One answer. `text` names the missing code where there is no value."""

    name: str
    label: str
    text: str
    unit: str = ""
    row_number: int | None = None
    row_label: str = ""
    is_missing: bool = False

    @property
    def key(self) -> str:
        return self.name if self.row_number is None else f"{self.row_number}.{self.name}"


def field_values(spec: FormSpec, records: Sequence[FormRecord]) -> dict[int, list[FieldValue]]:
    """Record id to every answer that the form asked for, its rows last. One query for the rows."""
    found = {record.pk: _of_record(spec, record) for record in records}
    if spec.rows is not None:
        for row in _rows(spec.rows, list(found)):
            found[row.record_id] += _of_row(spec.rows, row)
    return found


def _rows(rows: Rows, ids: list[int]) -> Any:
    stored: Any = rows.model._default_manager.filter(record__in=ids)  # type: ignore[misc]
    related = [field.name for field in rows.model._meta.local_fields if field.is_relation]
    return stored.select_related(*related).order_by("record_id", "row_number")


def _of_record(spec: FormSpec, record: FormRecord) -> list[FieldValue]:
    return [
        _value(field, record.reads_as(field.name), record.missing.get(field.name, ""))
        for field in spec.fields
        if is_asked(field, record)
    ]


def _of_row(rows: Rows, row: Any) -> list[FieldValue]:
    label = (
        rows.named(row)
        if rows.named is not None
        else " · ".join(str(getattr(row, name)) for name in rows.identity)
    )
    return [
        _value(
            field,
            getattr(row, field.name),
            row.missing.get(field.name, ""),
            row_number=row.row_number,
            row_label=str(label),
        )
        for field in captured_fields(rows.model)
        if field.name not in rows.identity and is_asked(field, row)
    ]


def _value(field: CapturedField, value: Any, code: str, **place: Any) -> FieldValue:
    label = str(field.verbose_name)
    return FieldValue(
        name=field.name,
        label=label[:1].upper() + label[1:],
        text=str(MissingCode(code).label) if code else text_of(field, value),
        unit=str(field.unit),
        is_missing=bool(code),
        **place,
    )


def is_asked(field: CapturedField, owner: FormRecord | FormRow) -> bool:
    """Whether the form showed the question, by the answer on which it depends."""
    condition = field.captured.shown_when
    if condition is None:
        return True
    other, wanted = condition
    return str(getattr(owner, other, "") or "") in wanted
