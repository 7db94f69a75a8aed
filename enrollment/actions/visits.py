"""When a visit took place, or that it was missed."""

from datetime import date

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment.actions.schedule import reschedule
from enrollment.models import Patient, Visit
from enrollment.policies import check_visit_date
from oversight.policies import check_open_to_writes

_ENTERED = ("outcome", "actual_date", "deviation_reason")


def record_visit_date(visit: Visit, *, by: User, on: date, today: date, reason: str = "") -> Visit:
    """Opens the visit's forms and moves what is anchored on this visit.

    Raises:
        Refused: the date is impossible, or outside the window or changed without a reason.
    """
    with audit.writing(by=by, reason=reason):
        visit = _as_it_is_now(visit)
        check_visit_date(visit, on=on, today=today, reason=reason)
        visit.outcome = Visit.Outcome.TOOK_PLACE
        visit.actual_date = on
        # The reason for a mere change is in the audit trail; the visit keeps that of a deviation.
        visit.deviation_reason = reason.strip() if visit.is_outside_window else ""
        visit.save(update_fields=_ENTERED)
        reschedule(visit.patient, by=by)
    return visit


def mark_visit_missed(visit: Visit, *, by: User, reason: str) -> Visit:
    """
    Raises:
        Refused: the reason is missing, or the visit took place.
    """
    if not reason.strip():
        raise Refused(_("Enter why the visit was missed."))
    with audit.writing(by=by, reason=reason):
        visit = _as_it_is_now(visit)
        if visit.is_open:
            raise Refused(_("This visit took place and cannot be marked as missed."))
        visit.outcome = Visit.Outcome.MISSED
        visit.deviation_reason = reason.strip()
        visit.save(update_fields=_ENTERED)
    return visit


def _as_it_is_now(visit: Visit) -> Visit:
    """The visit read again under the patient's lock: another page may have moved or ended it.

    Raises:
        Refused: the visit was removed from the schedule, or is locked or frozen.
    """
    Patient.objects.select_for_update().get(pk=visit.patient_id)
    stored = Visit.objects.select_related("patient__version").filter(pk=visit.pk).first()
    if stored is None:
        raise Refused(_("This visit is no longer on the schedule. Open the patient's page again."))
    check_open_to_writes(
        trial_id=stored.patient.trial_id,
        site_id=stored.patient.site_id,
        patient_id=stored.patient_id,
        visit_id=stored.pk,
    )
    return stored
