"""A field of a filled form, or the form as a whole: what people ask about and comment on."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.text import capfirst

from core.fields import CapturedField, MissingCode, captured_fields
from enrollment.models import FormRecord, FormRow, LogForm
from enrollment.registry import FormSpec, Rows
from enrollment.values import text_of
from oversight.calc.place import Place


@dataclass(frozen=True)
class Spot:
    """`row` where the field is in a row of the form; no `field` for the form as a whole."""

    spec: FormSpec
    record: FormRecord
    row: FormRow | None = None
    field: CapturedField | None = None

    @property
    def place(self) -> Place:
        return place_of(
            self.spec,
            self.record,
            row_number=self.row.row_number if self.row else None,
            field=self.field.name if self.field else "",
        )

    @property
    def label(self) -> str:
        if self.field is None:
            return capfirst(str(self.spec.title))
        return str(capfirst(self.field.verbose_name))

    @property
    def where(self) -> str:
        """The form, its number in a log, the row within."""
        parts = [capfirst(str(self.spec.title))]
        if isinstance(self.record, LogForm):
            parts.append(str(self.record.row_number))
        if self.row is not None and self.spec.rows is not None:
            parts.append(row_name(self.spec.rows, self.row))
        return " · ".join(parts)

    @property
    def value(self) -> str:
        """What the field holds now, or why it is missing."""
        if self.field is None:
            return ""
        owner: FormRecord | FormRow = self.row or self.record
        if code := owner.missing.get(self.field.name):
            return str(MissingCode(code).label)
        read = getattr(owner, "reads_as", owner.__getattribute__)
        text = text_of(self.field, read(self.field.name))
        return f"{text} {self.field.unit}".strip() if text else ""


def place_of(
    spec: FormSpec, record: FormRecord, *, row_number: int | None = None, field: str = ""
) -> Place:
    return Place(
        site_id=record.patient.site_id,
        patient_id=record.patient_id,
        visit_id=getattr(record, "visit_id", None),
        form=spec.slug,
        record_id=record.pk,
        row_number=row_number,
        field=field,
    )


def find_spot(spec: FormSpec, record: FormRecord, *, row_number: int | None, field: str) -> Spot:
    """
    Raises:
        LookupError: the form has no such field, or no such row is stored.
    """
    if row_number is None:
        return Spot(spec, record, None, _field(spec.fields, field) if field else None)
    if spec.rows is None:
        raise LookupError(field)
    rows: QuerySet[Any] = spec.rows.model._default_manager.all()
    row = rows.filter(record=record, row_number=row_number).first()
    if row is None:
        raise LookupError(row_number)
    row.record = record
    return Spot(spec, record, row, _field(captured_fields(spec.rows.model), field))


def row_name(spec: Rows, row: FormRow) -> str:
    if spec.named is not None:
        return spec.named(row)
    return " · ".join(f"{getattr(row, name)}" for name in spec.identity)


def _field(known: Any, name: str) -> CapturedField:
    for field in known:
        if field.name == name:
            found: CapturedField = field
            return found
    raise LookupError(name)
