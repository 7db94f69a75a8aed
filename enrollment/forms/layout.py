"""What the entry page shows for each field: the input and everything beside it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField
from django.utils.functional import Promise

from core.fields import Captured, CapturedField
from enrollment.forms.captured import MISSING, CapturedForm
from enrollment.forms.conflict import KEEP, STORED, THEIRS, TOUCHED, as_sent
from enrollment.forms.entry import Entry
from enrollment.models import FormRecord, FormRow
from enrollment.registry import FieldNote, Reference
from enrollment.values import answer_of, text_of
from oversight.queries import FieldMark


@dataclass(frozen=True)
class Flag:
    """The button beside a field: opens its queries, history and comments at `url`."""

    name: str
    url: str
    mark: FieldMark


Flags = Callable[[int | None, str], Flag]
"""Row number and field to the flag."""


@dataclass(frozen=True)
class Choice:
    """Two values for one field, side by side."""

    mine: str
    theirs: str
    sent: Mapping[str, str]
    """Hidden inputs that carry what is stored."""
    kept: str
    """mine, theirs, or empty while nothing is chosen."""


@dataclass(frozen=True)
class FieldLine:
    input: BoundField
    missing: BoundField | None
    declared: Captured
    previous: str = ""
    """The value at the visit before, as text."""
    choice: Choice | None = None
    """Between this and what somebody else saved meanwhile, where the two differ."""
    because: str | None = None
    """The reason for an unusual value, typed or to be typed; None where none is asked for."""
    kept: str = ""
    """The reason that is stored."""
    flag: Flag | None = None
    """None while the form or the row is not stored."""
    references: Sequence[Reference] = ()
    notes: Sequence[FieldNote] | None = None
    """What the system makes of the value; None where it never says anything."""

    @property
    def is_blank(self) -> bool:
        return self.input.value() in (None, "", [])


@dataclass(frozen=True)
class SectionLines:
    title: str | Promise
    lines: list[FieldLine]
    after_rows: bool = False
    is_compact: bool = False


def section_lines(
    entry: Entry,
    *,
    previous: Mapping[str, Any],
    stored: FormRecord | None,
    flags: Flags | None = None,
) -> list[SectionLines]:
    form = entry.form
    by_name = {field.name: field for field in form.captured}
    sections = [
        SectionLines(
            section.title,
            _with_reasons(
                entry,
                form,
                [
                    _line(form, by_name[name], previous.get(name), stored, flags)
                    for name in section.fields
                    if name in by_name
                ],
            ),
            section.after_rows,
            section.is_compact,
        )
        for section in entry.spec.layout
    ]
    extra = [form[name] for name in getattr(form, "extra_fields", ())]
    if extra:
        sections.append(SectionLines("", [FieldLine(item, None, Captured()) for item in extra]))
    return sections


def with_notes(
    sections: list[SectionLines], notes: Mapping[str, Sequence[FieldNote]]
) -> list[SectionLines]:
    """The same sections with a place for notes beside every field of a form that has some."""
    return [
        replace(
            section,
            lines=[replace(line, notes=notes.get(line.input.name, ())) for line in section.lines],
        )
        for section in sections
    ]


def _with_reasons(entry: Entry, form: CapturedForm, lines: list[FieldLine]) -> list[FieldLine]:
    return [
        replace(
            line,
            because=entry.asked.get(line.input.html_name),
            kept=" · ".join(item.reason for item in entry.kept_at(form, line.input.name)),
        )
        for line in lines
    ]


def row_lines(
    form: CapturedForm,
    *,
    stored: FormRow | None = None,
    flags: Flags | None = None,
    references: Mapping[str, Sequence[Reference]] | None = None,
) -> list[FieldLine]:
    """The inputs of one row, with what its registration adds in front."""
    beside = references or {}
    added = [
        FieldLine(form[name], None, Captured(required=False))
        for name in getattr(form, "extra_fields", ())
    ]
    lines = [_line(form, field, None, stored, flags) for field in form.captured]
    return added + [replace(line, references=beside.get(line.input.name, ())) for line in lines]


def rows_shown(entry: Entry, *, is_conflict: bool, flags: Flags | None) -> dict[str, Any] | None:
    """As components/rows.html takes the rows of the form; None for a form without."""
    if entry.rows is None:
        return None
    spec = entry.rows.spec
    stored = entry.rows.stored_rows() if is_conflict else {}
    references = spec.references(entry.record)
    blank = cells(row_lines(entry.rows.empty_form), spec.joined) if spec.can_add else None
    rows = [
        _with_reasons(
            entry,
            form,
            row_lines(
                form,
                stored=stored.get(form.key),
                flags=flags,
                references=references.get(form.key),
            ),
        )
        for form in entry.rows.forms
    ]
    shown = [cells(lines, spec.joined) for lines in rows]
    return {
        "title": spec.title,
        "management": entry.rows.counts,
        "errors": entry.rows.non_form_errors(),
        "forms": [
            (form, form.identity, lines)
            for form, lines in zip(entry.rows.forms, shown, strict=True)
        ],
        "blank": blank,
        "columns": [cell[0] for cell in blank or (shown[0] if shown else [])],
    }


def cells(lines: list[FieldLine], joined: Collection[str]) -> list[list[FieldLine]]:
    """The lines of a row by the columns that they stand in."""
    found: list[list[FieldLine]] = []
    for line in lines:
        if found and line.input.name in joined:
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _line(
    form: CapturedForm,
    field: CapturedField,
    previous: Any,
    stored: FormRecord | FormRow | None,
    flags: Flags | None,
) -> FieldLine:
    missing = field.name + MISSING
    return FieldLine(
        input=form[field.name],
        missing=form[missing] if missing in form.fields else None,
        declared=field.captured,
        previous=text_of(field, previous),
        choice=_choice(form, field, stored) if stored is not None else None,
        flag=flags(_row_number(form.instance), field.name)
        if flags is not None and form.instance.pk is not None
        else None,
    )


def _choice(
    form: CapturedForm, field: CapturedField, stored: FormRecord | FormRow
) -> Choice | None:
    name = form.add_prefix(field.name)
    pair = (form.instance, stored)
    values = [(getattr(item, field.name), item.missing.get(field.name)) for item in pair]
    mine, theirs = (answer_of(field, getattr(item, field.name), item.missing) for item in pair)
    if values[0] == values[1]:
        if field.name not in form.errors:
            return None
        mine = str(form.data.get(name, ""))  # what cannot be read, as it was typed
    kept = form.data.get(KEEP + name, "")
    touched = form.data.get(TOUCHED)
    if not kept and touched is not None and name not in touched.split():
        kept = STORED  # the person never came to this field
    held = as_sent(stored, form.prefix or "")
    sent = {THEIRS + key: held.get(key, "") for key in (name, name + MISSING)}
    return Choice(mine or "–", theirs or "–", sent, kept)


def _row_number(instance: FormRecord | FormRow) -> int | None:
    return instance.row_number if isinstance(instance, FormRow) else None
