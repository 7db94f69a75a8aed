"""Which fields, forms, events and patients a `record` call asks for."""

from dataclasses import dataclass
from datetime import datetime

from core.models import AuditEntry
from enrollment.models import Patient
from reports.api.redcap.call import Call, check_known
from reports.api.redcap.events import BASELINE, Event, events_of
from reports.api.redcap.filter_logic import Comparison, parse_filter
from reports.api.redcap.instruments import (
    KEYS,
    PATIENT,
    VISITS,
    Field,
    Instrument,
    instruments_of,
)


@dataclass(frozen=True)
class Part:
    """What is read of one instrument; `fields` include those that only the filter looks at."""

    instrument: Instrument
    fields: tuple[Field, ...]
    with_complete: bool


@dataclass(frozen=True)
class Selection:
    parts: tuple[Part, ...]
    columns: tuple[str, ...]
    """Names of the columns after the keys."""
    events: dict[str, Event]
    """By name, in their order; those asked for."""
    instruments: tuple[Instrument, ...]
    """All of the project, in its order."""
    patients: frozenset[str] | None
    """Numbers; None for all. Nobody where it is empty."""
    conditions: tuple[Comparison, ...]


def selection_of(call: Call) -> Selection:
    """
    Raises:
        Refusal: an unknown field, form, event or filter.
    """
    instruments = instruments_of(call)
    events = {event.name: event for event in events_of(call, instruments)}
    fields, forms, asked = call.listed("fields"), call.listed("forms"), call.listed("events")
    names = {field.name for item in instruments for field in item.fields}
    names |= {item.complete for item in instruments}
    check_known("fields", fields, names | KEYS)
    check_known("forms", forms, {item.name for item in instruments})
    check_known("events", asked, events)
    conditions = parse_filter(call.text("filterLogic"), names)
    chosen = {name: event for name, event in events.items() if not asked or name in asked}
    columns = _columns(instruments, frozenset(fields), frozenset(forms))
    parts = _parts(instruments, {*columns, *(item.field for item in conditions)}, chosen)
    return Selection(
        parts=parts,
        columns=columns,
        events=chosen,
        instruments=tuple(instruments),
        patients=_patients(call, instruments),
        conditions=conditions,
    )


def _columns(
    instruments: list[Instrument], fields: frozenset[str], forms: frozenset[str]
) -> tuple[str, ...]:
    """In the order of the project, whatever the order of the call."""
    is_all = not fields and not forms
    return tuple(
        name
        for item in instruments
        for name in (*(field.name for field in item.fields), item.complete)
        if is_all or name in fields or item.name in forms
    )


def _parts(
    instruments: list[Instrument], names: set[str], events: dict[str, Event]
) -> tuple[Part, ...]:
    """Without those whose rows stand in no event that is asked for."""
    with_visits = any(name != BASELINE for name in events)
    near = [
        item for item in instruments if (with_visits if item.is_of_visits else BASELINE in events)
    ]
    parts = [
        Part(item, tuple(field for field in item.fields if field.name in names),
             item.complete in names)
        for item in near
    ]  # fmt: skip
    wanted = tuple(part for part in parts if part.fields or part.with_complete)
    if wanted or names:
        return wanted
    # Nothing but the record's id: one row for each event in which the patient is.
    skeleton = tuple(part for part in parts if part.instrument.name in (PATIENT, VISITS))
    return skeleton or tuple(parts)


def _patients(call: Call, instruments: list[Instrument]) -> frozenset[str] | None:
    begin, end = call.moment("dateRangeBegin"), call.moment("dateRangeEnd")
    asked = call.listed("records")
    patients = frozenset(filter(str.isprintable, asked)) if asked else None
    if begin is None and end is None:
        return patients
    changed = _changed(call, instruments, begin, end)
    return changed if patients is None else changed & patients


def _changed(
    call: Call, instruments: list[Instrument], begin: datetime | None, end: datetime | None
) -> frozenset[str]:
    """Numbers of the patients of whom something that the token reads came or changed meanwhile."""
    tables = {item.table.model._meta.db_table for item in instruments if item.table.model}
    entries = AuditEntry.objects.filter(
        trial_id=call.trial.pk, table_name__in=tables, patient_id__isnull=False
    ).exclude(action=AuditEntry.Action.EVENT)
    if begin is not None:
        entries = entries.filter(at__gte=begin)
    if end is not None:
        entries = entries.filter(at__lte=end)
    patients = Patient.objects.visible_to(call.user).filter(
        site__in=call.scope.exportable_sites, pk__in=entries.values("patient_id")
    )
    return frozenset(patient.number or patient.screening_number for patient in patients)
