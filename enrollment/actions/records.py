"""Saving a filled form: one transaction for the form, its rows and what follows from them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import audit
from core.fields import captured_fields
from core.models import User
from core.refusals import Refused
from enrollment.actions.corrections import content_before, note_correction
from enrollment.actions.quality import settle_queries
from enrollment.models import FormRecord, FormRow, LogForm, Patient
from enrollment.policies import Conflict, check_can_save
from enrollment.registry import FormSpec
from oversight.actions import apply_event
from oversight.calc.life_cycle import Event
from oversight.policies import check_open_to_writes

# What a record keeps whatever a page says.
_NOT_ENTERED = (
    "pk",
    "row_number",
    "state",
    "created_by_id",
    "created_at",
    "completed_by_id",
    "completed_at",
)


def save_record(
    spec: FormSpec,
    record: FormRecord,
    *,
    by: User,
    complete: bool,
    expected_revision: int = 0,
    rows: Sequence[FormRow] = (),
    reason: str = "",
) -> FormRecord:
    """Stores the values that `record` and `rows` hold, as draft or as complete.

    `expected_revision` is the revision that the person saw; 0 for a new form. Saving the same
    new values twice (a double click) stores one record and is no conflict.

    Raises:
        Conflict: somebody saved other values meanwhile.
        Refused: the record is locked, or complete and the reason is missing, or a log's new row
            was named on another patient's page.
    """
    with audit.writing(by=by, reason=reason):
        # Everybody who writes to this patient waits here, so that numbers and revisions hold.
        patient = Patient.objects.select_for_update().get(pk=record.patient_id)
        stored = _stored(record)
        if stored is not None:
            if stored.revision != expected_revision:
                if _same_values(stored, record) and _same_rows(spec, stored, rows):
                    return stored
                raise Conflict(stored)
            check_can_save(stored, complete=complete, reason=reason)
        check_open_to_writes(
            trial_id=patient.trial_id,
            site_id=patient.site_id,
            patient_id=patient.pk,
            form=spec.slug,
            record_id=stored.pk if stored else None,
        )
        before = content_before(spec, stored)
        _store(record, stored, by=by, complete=complete)
        _store_rows(record, rows, by=by)
        if before is not None:
            note_correction(spec, record, before, by=by, reason=reason)
        if spec.after_save is not None:
            spec.after_save(record, by)
        settle_queries(patient, today=timezone.localdate())
    return record


def _stored(record: FormRecord) -> FormRecord | None:
    """The record as the database has it, found also when a doubled request made it just now."""
    known: QuerySet[Any] = type(record).objects.all()
    if record.pk is not None:
        return known.get(pk=record.pk)
    if isinstance(record, LogForm):
        found = known.filter(submission=record.submission).first()
        if found is not None and found.patient_id != record.patient_id:
            raise Refused(_("This page was opened for another patient. Open the form again."))
        return found
    visit_id = getattr(record, "visit_id", None)
    if visit_id is not None:
        return known.filter(visit_id=visit_id).first()
    return known.filter(patient_id=record.patient_id).first()


def _same_values(one: FormRecord | FormRow, other: FormRecord | FormRow) -> bool:
    names = [field.name for field in captured_fields(type(one))] + ["missing"]
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _same_rows(spec: FormSpec, stored: FormRecord, rows: Sequence[FormRow]) -> bool:
    if spec.rows is None:
        return True
    known = list(stored.rows.order_by("row_number"))  # type: ignore[attr-defined]
    return len(known) == len(rows) and all(map(_same_values, known, rows))


def _store(record: FormRecord, stored: FormRecord | None, *, by: User, complete: bool) -> None:
    if stored is None:
        record.created_by = by
        if isinstance(record, LogForm):
            record.row_number = _next_row_number(record)
    else:
        for name in _NOT_ENTERED:
            if hasattr(stored, name):
                setattr(record, name, getattr(stored, name))
    if record.is_complete:
        event = Event.CORRECT
    else:
        event = Event.COMPLETE if complete else Event.SAVE_DRAFT
    apply_event(record, event, by=by, at=timezone.now())
    record.updated_by = by
    record.revision = (stored.revision if stored else 0) + 1
    record.save()


def _next_row_number(record: LogForm) -> int:
    taken = type(record).objects.filter(patient_id=record.patient_id)
    return (taken.aggregate(last=Max("row_number"))["last"] or 0) + 1


def _store_rows(record: FormRecord, rows: Sequence[FormRow], *, by: User) -> None:
    """Updates rows that exist, adds new ones; a row is never dropped by being left out."""
    if not rows:
        return
    stored: QuerySet[FormRow] = record.rows.all()  # type: ignore[attr-defined]
    last = stored.aggregate(last=Max("row_number"))["last"] or 0
    for row in rows:
        row.record = record  # type: ignore[attr-defined]
        if row.pk is None:
            last += 1
            row.row_number = last
        row.prepare(by=by)
        row.save()
