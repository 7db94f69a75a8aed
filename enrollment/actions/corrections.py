"""What a correction undoes: the ticks of the fields that changed, and every signature."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core.models import User
from enrollment.models import FormRecord
from enrollment.queries.content import content_of
from enrollment.registry import FormSpec
from oversight.actions.signatures import break_signatures
from oversight.calc.content import Difference, differences
from oversight.models import FieldVerification


def content_before(spec: FormSpec, stored: FormRecord | None) -> dict[str, Any] | None:
    """What a complete record holds before it is corrected; None for a draft, which has no past."""
    if stored is None or not stored.is_complete:
        return None
    return content_of(spec, stored)


def note_correction(
    spec: FormSpec, record: FormRecord, before: dict[str, Any], *, by: User, reason: str
) -> None:
    """Call it after the new values are stored."""
    changes = differences(before, content_of(spec, record))
    _drop_ticks(spec.slug, record.pk, changes)
    break_signatures(spec.slug, record.pk, by=by, at=timezone.now(), reason=reason, changes=changes)


def _drop_ticks(form: str, record_id: int, changes: Iterable[Difference]) -> None:
    changed = Q()
    for change in changes:
        parts = change.path.split(".")
        if parts[0] == "rows":
            changed |= Q(row_number=int(parts[1]), field__in=_names(parts[-1]))
        elif parts[0] in ("values", "missing"):
            changed |= Q(row_number=None, field__in=_names(parts[-1]))
    if changed:
        FieldVerification.objects.filter(changed, form=form, record_id=record_id).delete()


def _names(column: str) -> list[str]:
    """A foreign key's column and its field are one."""
    return [column, column.removesuffix("_id")]
