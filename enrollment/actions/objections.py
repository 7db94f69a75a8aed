"""What the data-quality checks say of a form before it is saved, and the reasons to keep a value.

The same rules as at night: the form is saved, checked, and the saving undone.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, models, transaction
from django.utils import timezone

from core import audit
from core.fields import captured_fields
from core.models import User
from core.refusals import Refused
from enrollment.actions.records import save_record
from enrollment.models import FormRecord, FormRow, KeptValue
from enrollment.quality import Check, Finding, Scope, Severity, all_checks, get_check
from enrollment.quality.fields import SOFT, record_findings
from enrollment.registry import FormSpec

Spot = tuple[int | None, str]
"""Which of the rows, counted from 0 (None for the form itself), and the field."""


@dataclass(frozen=True)
class Objection:
    spot: Spot
    check: Check
    finding: Finding
    is_old: bool = False
    """A complete form held the same before: no correction of it has to wait for that."""

    @property
    def is_hard(self) -> bool:
        return self.check.severity is Severity.ERROR

    @property
    def sentence(self) -> str:
        return self.check.sentence(self.finding.details)


class _Undone(Exception):
    """Ends the transaction of a save that was only tried."""


def objections(
    spec: FormSpec,
    record: FormRecord,
    rows: Sequence[FormRow] = (),
    *,
    by: User,
    expected_revision: int,
) -> list[Objection]:
    """Of the checks that are asked at entry: of the field itself, and between forms and visits."""
    found = list(_found(spec, record, rows, by=by, expected_revision=expected_revision))
    if not found or record.pk is None or not record.is_complete:
        return found
    stored: Any = type(record)._default_manager.get(pk=record.pk)
    stored.patient = record.patient
    held = list(stored.rows.order_by("row_number")) if spec.rows is not None else []
    before = {
        (item.check.code, item.finding.place, item.finding.digest)
        for item in _found(spec, stored, held, by=by, expected_revision=stored.revision)
    }
    return [
        replace(item, is_old=(item.check.code, item.finding.place, item.finding.digest) in before)
        for item in found
    ]


def _found(
    spec: FormSpec,
    record: FormRecord,
    rows: Sequence[FormRow],
    *,
    by: User,
    expected_revision: int,
) -> Iterator[Objection]:
    scope = Scope(record.patient.trial, timezone.localdate(), record.patient_id)
    for at, owner in [(None, record), *enumerate(rows)]:
        if at is not None:
            owner.record = record  # type: ignore[attr-defined]
        for code, finding in record_findings(
            spec, owner, captured_fields(type(owner)), scope=scope
        ):
            if code == SOFT:
                yield Objection((at, finding.place.field), get_check(code), finding)
    asked = [check for check in all_checks() if spec.slug in check.asked_at]
    if asked:
        yield from _as_if_saved(
            spec, record, rows, asked, scope, by=by, expected_revision=expected_revision
        )


def _as_if_saved(
    spec: FormSpec,
    record: FormRecord,
    rows: Sequence[FormRow],
    asked: Sequence[Check],
    scope: Scope,
    *,
    by: User,
    expected_revision: int,
) -> list[Objection]:
    tried, lines = copy(record), [_copied(row) for row in rows]
    try:
        with transaction.atomic():
            saved = save_record(
                spec,
                tried,
                by=by,
                complete=True,
                expected_revision=expected_revision,
                rows=lines,
                reason="-",
            )
            items = [(check, item) for check in asked for item in _what(check, scope)]
            raise _Undone
    except _Undone:
        pass
    except (Refused, DatabaseError):
        return []  # what stands in the way is said when the form is saved
    numbers = {line.row_number: at for at, line in enumerate(lines)}
    return [
        Objection((numbers.get(item.place.row_number or 0), item.place.field), check, item)
        for check, item in items
        if (item.place.form, item.place.record_id) == (spec.slug, saved.pk)
    ]


def _what(check: Check, scope: Scope) -> list[Finding]:
    """What a check finds; nothing where another record holds what cannot be read, which the
    night's own check says."""
    try:
        return list(check.find(scope)) if check.find is not None else []
    except (ArithmeticError, TypeError, ValueError):
        return []


def _copied(row: FormRow) -> FormRow:
    """With what the row brings along and is not stored yet, such as a new lesion."""
    line = copy(row)
    for name, value in vars(row).items():
        if isinstance(value, models.Model) and value.pk is None:
            setattr(line, name, copy(value))
    return line


def keep_values(
    spec: FormSpec,
    record: FormRecord,
    rows: Sequence[FormRow],
    found: Sequence[Objection],
    reasons: Mapping[Spot, str],
    *,
    by: User,
    at: datetime,
) -> None:
    """Stores why values of a form that was just saved are right, one line for each check, and
    forgets reasons for values that are no longer there."""
    with audit.writing(by=by):
        _keep_values(spec, record, rows, found, reasons, by=by, at=at)


def _keep_values(
    spec: FormSpec,
    record: FormRecord,
    rows: Sequence[FormRow],
    found: Sequence[Objection],
    reasons: Mapping[Spot, str],
    *,
    by: User,
    at: datetime,
) -> None:
    of_record = KeptValue.objects.filter(form=spec.slug, record_id=record.pk)
    stale = {(item.row_number, item.field, item.check_code): item for item in of_record}
    for item in found:
        line, field = item.spot
        number = None if line is None else rows[line].row_number
        known = stale.pop((number, field, item.check.code), None)
        reason = reasons.get(item.spot, "")
        if item.is_hard or not reason:
            if known is not None and known.digest != item.finding.digest:
                known.delete()
            continue
        known = known or KeptValue(
            site_id=record.patient.site_id,
            patient_id=record.patient_id,
            visit_id=getattr(record, "visit_id", None),
            form=spec.slug,
            record_id=record.pk,
            row_number=number,
            field=field,
            check_code=item.check.code,
        )
        known.digest, known.reason = item.finding.digest, reason
        known.kept_by, known.kept_at = by, at
        known.save()
    for known in stale.values():
        known.delete()
