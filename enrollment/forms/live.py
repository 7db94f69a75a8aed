"""What the entry page says beside an input once somebody has left it."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from core.calc.partial_date import PartialDate
from core.fields import (
    CapturedField,
    DateField,
    IntegerField,
    MomentField,
    NumberField,
    PartialDateField,
)
from enrollment.forms.captured import CapturedForm
from enrollment.forms.entry import Entry

_READ = (DateField, PartialDateField, MomentField, NumberField, IntegerField)
"""Fields of which the page shows how the text was read."""


def said_of(entry: Entry) -> dict[str, dict[str, Any]]:
    """By the input's id, whichever there is to say: `hard` and `soft` (sentences), `because` (the
    reason for which a soft one was kept), `value` (the text as the page writes it) and `echo` (the
    same in words)."""
    said: dict[str, dict[str, Any]] = {}
    for form in entry.all_forms:
        for field in form.captured:
            found = _said(form, field)
            if found:
                said[form[field.name].auto_id] = found
    for item in entry.objections:
        form, name = entry.form_at(item.spot), item.spot[1]
        if name not in form.fields or name in form.errors:
            continue
        about = said.setdefault(form[name].auto_id, {})
        level = "hard" if item.is_hard else "soft"
        about[level] = " ".join(filter(None, [about.get(level), item.sentence]))
        if kept := entry.kept_at(form, name):
            about["because"] = kept[0].reason
    return said


def _said(form: CapturedForm, field: CapturedField) -> dict[str, Any]:
    if field.name in form.errors:
        return {"hard": " ".join(str(error) for error in form.errors[field.name])}
    value = form.cleaned_data.get(field.name)
    if not isinstance(field, _READ) or value in (None, ""):
        return {}
    shown = str(form.fields[field.name].prepare_value(value))
    typed = str(form.data.get(form.add_prefix(field.name), "")).strip()
    is_converted = isinstance(field, NumberField) and any(sign.isalpha() for sign in typed)
    words = f"{typed} = {shown} {field.unit}" if is_converted else echo(value)
    return {"value": shown, "echo": words} if words else {"value": shown}


def echo(value: Any) -> str:
    """A date in words, so that day and month cannot be taken for each other; empty for others."""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "l, j F Y, H:i")
    if isinstance(value, PartialDate):
        shape = {4: "Y", 7: "F Y"}.get(len(value.text), "l, j F Y")
        return date_format(value.first_day, shape)
    return date_format(value, "l, j F Y") if isinstance(value, date) else ""
