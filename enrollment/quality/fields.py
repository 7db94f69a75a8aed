"""Checks of single fields. The database picks the suspects of a table with one statement for all
checks together; the same judges then look at each suspect, and at a record in hand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from core.fields import (
    CapturedField,
    DateField,
    MissingCode,
    MultipleChoiceField,
    PartialDateField,
    captured_fields,
)
from core.fields.captured import NO_LIMITS
from enrollment.models import FormRecord, FormRow
from enrollment.quality.catalog import Check, Finding, Severity, register_check
from enrollment.quality.scope import Scope
from enrollment.registry import FormSpec, all_specs

Details = Mapping[str, str]
Judge = Callable[[CapturedField, Any, date], Details | None]
"""Field, record or row, and today; the details when something is wrong."""

BLANK, CHOICE, HARD, SOFT = "DQ-001", "DQ-002", "DQ-003", "DQ-004"
HIDDEN, CODED, FUTURE = "DQ-007", "DQ-008", "DQ-009"


def is_empty(field: CapturedField, owner: Any) -> bool:
    return getattr(owner, field.name) in (None, "")


def is_asked(field: CapturedField, owner: Any) -> bool:
    condition = field.captured.shown_when
    if condition is None:
        return True
    other, wanted = condition
    return str(getattr(owner, other) or "") in wanted


def _blank(field: CapturedField, owner: Any, today: date) -> Details | None:
    is_wanting = (
        field.captured.required
        and is_asked(field, owner)
        and is_empty(field, owner)
        and not owner.missing.get(field.name)
    )
    return {} if is_wanting else None


def _choice(field: CapturedField, owner: Any, today: date) -> Details | None:
    value = getattr(owner, field.name)
    if isinstance(field, MultipleChoiceField):
        return {"value": value} if field.unknown(value) else None
    if not field.choices or value in (None, "") or value in dict(field.flatchoices):
        return None
    return {"value": str(value)}


def _outside(field: CapturedField, owner: Any, limits: Any) -> Details | None:
    value = getattr(owner, field.name)
    low, high = limits
    if value is None or limits == NO_LIMITS:
        return None
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    return {"value": f"{value} {field.unit}".strip(), "low": _text(low), "high": _text(high)}


def _hard(field: CapturedField, owner: Any, today: date) -> Details | None:
    return _outside(field, owner, field.captured.hard)


def _soft(field: CapturedField, owner: Any, today: date) -> Details | None:
    if _hard(field, owner, today) is not None:
        return None
    return _outside(field, owner, field.captured.soft)


def _hidden(field: CapturedField, owner: Any, today: date) -> Details | None:
    if is_asked(field, owner):
        return None
    value = owner.missing.get(field.name) or getattr(owner, field.name)
    return None if value in (None, "") else {"value": str(value)}


def _coded(field: CapturedField, owner: Any, today: date) -> Details | None:
    code = owner.missing.get(field.name)
    if not code:
        return None
    is_known = code in MissingCode.values and field.allows_missing_code
    return None if is_known and is_empty(field, owner) else {"code": str(code)}


def _future(field: CapturedField, owner: Any, today: date) -> Details | None:
    value = getattr(owner, field.name)
    first_day = value.first_day if isinstance(value, PartialDate) else value
    if isinstance(first_day, datetime):
        first_day = timezone.localtime(first_day).date()
    is_late = isinstance(first_day, date) and first_day > today
    return {"value": str(value)} if is_late else None


JUDGES: dict[str, Judge] = {
    BLANK: _blank,
    CHOICE: _choice,
    HARD: _hard,
    SOFT: _soft,
    HIDDEN: _hidden,
    CODED: _coded,
    FUTURE: _future,
}


def suspects(model: type[FormRecord | FormRow], today: date) -> Q:
    """Matches every record that one of the judges could object to, and few others."""
    found = Q()
    for field in captured_fields(model):
        found |= _suspicion(field, today)
    return found


def _suspicion(field: CapturedField, today: date) -> Q:
    name = field.name
    empty = Q(**{f"{name}__isnull": True}) if field.null else Q(**{name: ""})
    coded = Q(**{f"{_code(field)}__isnull": False})
    # A code stands alone, in a field that takes one, and is one that exists.
    fits = Q(**{f"{_code(field)}__in": MissingCode.values}) if field.allows_missing_code else Q()
    found = coded & ~(empty & fits) if fits else coded
    condition = field.captured.shown_when
    asked = Q(**{f"{condition[0]}__in": condition[1]}) if condition else Q()
    if condition:
        found |= ~asked & (coded | ~empty)
    if field.captured.required:
        found |= asked & empty & ~(coded & ~Q(**{_code(field): ""}))
    if isinstance(field, MultipleChoiceField):
        found |= ~empty
    elif field.choices:
        known = [code for code, _label in field.flatchoices]
        found |= ~empty & ~Q(**{f"{name}__in": known})
    for low, high in (field.captured.hard, field.captured.soft):
        if low is not None:
            found |= Q(**{f"{name}__lt": low})
        if high is not None:
            found |= Q(**{f"{name}__gt": high})
    if isinstance(field, DateField):
        found |= Q(**{f"{name}__gt": today})
    if isinstance(field, PartialDateField):
        # As text a later year, month or day is greater, however much of the date is known.
        found |= Q(**{f"{name}_text__gt": f"{today:%Y-%m}"})
    return found


def record_findings(
    spec: FormSpec, owner: Any, fields: Iterable[CapturedField], *, scope: Scope
) -> Iterator[tuple[str, Finding]]:
    """What the judges say of one record, or of one row with its `record`."""
    record: Any = getattr(owner, "record", owner)
    for field in fields:
        for code, judge in JUDGES.items():
            details = judge(field, owner, scope.today)
            if details is not None:
                place = scope.place(
                    spec.slug,
                    record.pk,
                    record.patient_id,
                    field=field.name,
                    visit_id=getattr(record, "visit_id", None),
                    row_number=owner.row_number if isinstance(owner, FormRow) else None,
                )
                yield code, Finding(place, details)


def find_in_fields(scope: Scope) -> Iterator[tuple[str, Finding]]:
    """All field checks over all forms: one query for each form, one for the rows within."""
    for spec in all_specs(trial=scope.trial.slug):
        for asked, records in _as_asked(spec, scope):
            for record in _suspects_of(asked.model, records, scope):
                record.patient = scope.patients[record.patient_id]
                yield from record_findings(asked, record, _asked_of(asked, record), scope=scope)
        if spec.rows is not None:
            rows = scope.rows(spec.rows.model).select_related("record")
            fields = captured_fields(spec.rows.model)
            for row in _suspects_of(spec.rows.model, rows, scope):
                yield from record_findings(spec, row, fields, scope=scope)


def _as_asked(spec: FormSpec, scope: Scope) -> Iterator[tuple[FormSpec, Any]]:
    """The form and its records; one that a trial added once for each version of the definition,
    for an amendment may change limits and conditions, and patients stay with theirs."""
    if spec.by_version is None:
        yield spec, scope.records(spec.model)
        return
    unreadable = scope.unreadable.get(spec.model, ())
    for sha256, asked in spec.by_version.items():
        records = scope.records(asked.model).filter(patient__version__sha256=sha256)
        yield asked, records.exclude(pk__in=unreadable)


def _code(field: CapturedField) -> str:
    """The alias of the field's missing code."""
    return f"{field.name}_code"


def _suspects_of(model: Any, rows: Any, scope: Scope) -> Iterator[Any]:
    partial = [field for field in captured_fields(model) if isinstance(field, PartialDateField)]
    texts = {f"{field.name}_text": Cast(field.name, CharField()) for field in partial}
    codes = {
        # The cast makes a text of it, or comparisons would take the other side for JSON.
        _code(field): Cast(KT(f"missing__{field.name}"), CharField())
        for field in captured_fields(model)
    }
    found = rows.alias(**texts, **codes).filter(suspects(model, scope.today)).order_by("pk")
    yield from found.iterator(chunk_size=2000)


def _asked_of(spec: FormSpec, record: FormRecord) -> list[CapturedField]:
    left_out = spec.left_out(record)
    return [field for field in spec.fields if field.name not in left_out]


def _text(limit: Any) -> str:
    return "–" if limit is None else str(limit)


for check in (
    Check(
        BLANK,
        _("Blank field of a complete form"),
        _("This field is empty, and no reason is given. Enter a value, or say why it is missing."),
        _(
            "A complete form answers every question or says why not. The entry form refuses gaps;"
            " data that came by another path, or under an older form, may have them."
        ),
        Severity.ERROR,
        is_automatic=True,
    ),
    Check(
        CHOICE,
        _("Code that the field does not have"),
        _("“%(value)s” is none of the answers of this field. Choose one of them."),
        _("A code without a meaning drops out of every table that counts by it."),
        Severity.ERROR,
        is_automatic=True,
    ),
    Check(
        HARD,
        _("Impossible value"),
        _("%(value)s lies outside the possible range from %(low)s to %(high)s. Correct it."),
        _("The hard range declared at the field: a wrong unit or a slipped decimal point."),
        Severity.ERROR,
        is_automatic=True,
    ),
    Check(
        SOFT,
        _("Unusual value"),
        _("%(value)s lies outside the usual range from %(low)s to %(high)s. Is it right?"),
        _(
            "The soft range declared at the field. Sick patients have such values, so nobody is"
            " asked unless a person decides so."
        ),
        Severity.WARNING,
    ),
    Check(
        HIDDEN,
        _("Hidden field that holds a value"),
        _(
            "With the answers above this is not asked, yet it holds “%(value)s”. Save the form"
            " again, or correct the answer above."
        ),
        _("A value that nobody sees on the form still goes into exports and counts."),
        Severity.ERROR,
        is_automatic=True,
    ),
    Check(
        CODED,
        _("Missing code that does not fit"),
        _(
            "The code %(code)s says that the value is missing, but there is one, or the field takes"
            " no such code. Keep the value or the code."
        ),
        _("A value together with a reason for its absence can be read either way."),
        Severity.ERROR,
        is_automatic=True,
    ),
    Check(
        FUTURE,
        _("Date in the future"),
        _("%(value)s is in the future. Correct the date."),
        _("Only what has happened is entered; plans are in the schedule."),
        Severity.ERROR,
        is_automatic=True,
    ),
):
    register_check(check)
