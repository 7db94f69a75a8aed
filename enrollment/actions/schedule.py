"""Keeping a patient's visits in step with the protocol and with what really happened."""

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext

from core import audit
from core.models import User
from enrollment.calc.schedule import Move, PlannedVisit, plan
from enrollment.models import EndOfStudy, EndOfTreatment, Patient, Visit
from enrollment.queries.course_changes import course_changes
from oversight.models import RecordState

Ending = Callable[[Patient], date | None]
_endings: list[Ending] = []


def register_ending(ending: Ending) -> None:
    """An upper app's word on when a patient's study ended, such as a death."""
    if ending not in _endings:
        _endings.append(ending)


MOVING_FIELDS = (
    "position",
    "target_date",
    "window_opens",
    "window_closes",
    "outcome",
    "deviation_reason",
)


_OUTCOMES = {
    "": Visit.Outcome.PLANNED,
    "hold": Visit.Outcome.ON_HOLD,
    "skip": Visit.Outcome.SKIPPED,
}


def reschedule(patient: Patient, *, by: User, because: str = "") -> list[Move]:
    """Adds the planned visits that are missing and moves those that have not taken place.

    A visit that took place or was missed keeps the date and window it was held against. One
    that the plan no longer holds, because treatment ended, is removed unless something was
    recorded at it. `because` stands in the audit trail as the reason of every move.
    """
    if patient.enrolled_on is None:
        return []
    stored = {visit.key: visit for visit in Visit.objects.filter(patient=patient)}
    planned = plan(
        patient.version.definition,
        enrolled_on=patient.enrolled_on,
        actual_dates={
            key: visit.actual_date for key, visit in stored.items() if visit.actual_date is not None
        },
        treatment_ended_on=_ended_on(EndOfTreatment, patient),
        progressed_on=_ended_on(EndOfTreatment, patient, reason=EndOfTreatment.Reason.PROGRESSION),
        study_ended_on=_study_ended_on(patient),
        regimen=patient.regimen,
        changes=course_changes([patient.pk]).get(patient.pk, ()),
    )
    ahead = {item.key: item for item in planned if _is_ahead(stored.get(item.key))}
    moves = [
        Move(visit.label, visit.target_date, ahead[key].target_date)
        for key, visit in stored.items()
        if key in ahead and visit.target_date != ahead[key].target_date
    ]
    with audit.writing(by=by, reason=because):
        Visit.objects.bulk_create(
            _fill(Visit(patient=patient), item) for item in planned if item.key not in stored
        )
        Visit.objects.bulk_update(
            [_fill(stored[key], item) for key, item in ahead.items() if key in stored],
            MOVING_FIELDS,
        )
        left = Visit.objects.filter(patient=patient, outcome__in=Visit.AHEAD)
        for visit in left.exclude(key__in=[item.key for item in planned]):
            _remove(visit, because)
    return moves


def _remove(visit: Visit, because: str) -> None:
    """A visit at which something was recorded, such as a kit handed out, stays as skipped."""
    try:
        with transaction.atomic():
            visit.delete()
    except ProtectedError:
        visit.outcome = Visit.Outcome.SKIPPED
        visit.deviation_reason = because or visit.deviation_reason or gettext("Treatment ended.")
        visit.save(update_fields=["outcome", "deviation_reason"])


def _is_ahead(visit: Visit | None) -> bool:
    return visit is None or visit.outcome in Visit.AHEAD


def _study_ended_on(patient: Patient) -> date | None:
    """By the form, or earlier by what an upper app says."""
    days = [_ended_on(EndOfStudy, patient), *(ending(patient) for ending in _endings)]
    return min((day for day in days if day is not None), default=None)


def _ended_on(
    form: type[EndOfStudy | EndOfTreatment], patient: Patient, **found_by: str
) -> date | None:
    """As soon as the form is complete; a draft moves no visit."""
    records = form.objects.filter(patient=patient, **found_by).exclude(state=RecordState.DRAFT)
    return records.values_list("ended_on", flat=True).first()


def _fill(visit: Visit, item: PlannedVisit) -> Visit:
    visit.key = item.key
    visit.label_en, visit.label_zh = item.label.en, item.label.zh_hans
    visit.track, visit.cycle, visit.day = item.track, item.cycle, item.day
    visit.position, visit.forms = item.order, list(item.forms)
    visit.target_date = item.target_date
    visit.window_opens, visit.window_closes = item.window_opens, item.window_closes
    visit.outcome, visit.deviation_reason = _OUTCOMES[item.standing], item.reason
    return visit
