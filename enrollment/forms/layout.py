"""What the entry page shows for each field: the input and everything beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.functional import Promise

from core.calc.partial_date import PartialDate
from core.fields import Captured, CapturedField
from enrollment.forms.captured import MISSING, CapturedForm
from enrollment.forms.entry import Entry
from enrollment.models import FormRecord, FormRow


@dataclass(frozen=True)
class FieldLine:
    input: BoundField
    missing: BoundField | None
    declared: Captured
    previous: str = ""
    """The value at the visit before, as text."""
    stored: str | None = None
    """What somebody else saved meanwhile, where it differs; None otherwise."""


@dataclass(frozen=True)
class SectionLines:
    title: str | Promise
    lines: list[FieldLine]


def section_lines(
    entry: Entry, *, previous: Mapping[str, Any], stored: FormRecord | None
) -> list[SectionLines]:
    form = entry.form
    by_name = {field.name: field for field in form.captured}
    sections = [
        SectionLines(
            section.title,
            [
                _line(form, by_name[name], previous.get(name), stored)
                for name in section.fields
                if name in by_name
            ],
        )
        for section in entry.spec.layout
    ]
    extra = [form[name] for name in getattr(form, "extra_fields", ())]
    if extra:
        sections.append(SectionLines("", [FieldLine(item, None, Captured()) for item in extra]))
    return sections


def row_lines(form: CapturedForm, *, stored: FormRow | None = None) -> list[FieldLine]:
    """The inputs of one row, with what its registration adds in front."""
    added = [
        FieldLine(form[name], None, Captured(required=False))
        for name in getattr(form, "extra_fields", ())
    ]
    return added + [_line(form, field, None, stored) for field in form.captured]


def text_of(field: CapturedField, value: Any) -> str:
    """A value as a person reads it: the label of a code, an ISO date, a number without padding."""
    if value in (None, ""):
        return ""
    labels = dict(field.flatchoices)
    if value in labels:
        return str(labels[value])
    return str(value) if isinstance(value, PartialDate) else f"{value}"


def _line(
    form: CapturedForm, field: CapturedField, previous: Any, stored: FormRecord | FormRow | None
) -> FieldLine:
    kept = None
    if stored is not None:
        theirs, ours = getattr(stored, field.name), getattr(form.instance, field.name)
        kept = text_of(field, theirs) or "–" if theirs != ours else None
    missing = field.name + MISSING
    return FieldLine(
        input=form[field.name],
        missing=form[missing] if missing in form.fields else None,
        declared=field.captured,
        previous=text_of(field, previous),
        stored=kept,
    )
