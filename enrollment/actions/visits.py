"""When a visit took place, that it was missed, or that one took place outside the plan."""

from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment.actions.schedule import reschedule
from enrollment.calc.schedule import Move
from enrollment.models import Patient, Visit
from enrollment.policies import check_is_planned, check_unscheduled_visit, check_visit_date
from oversight.policies import check_open_to_writes

_ENTERED = ("outcome", "actual_date", "deviation_reason")
_ITS_DAY = ("target_date", "window_opens", "window_closes")


def record_visit_date(
    visit: Visit, *, by: User, on: date, today: date, reason: str = ""
) -> tuple[Visit, list[Move]]:
    """Opens the visit's forms and moves what is anchored on this visit; answers what moved.

    Raises:
        Refused: the date is impossible, or outside the window or changed without a reason.
    """
    with audit.writing(by=by, reason=reason):
        visit = _as_it_is_now(visit)
        check_visit_date(visit, on=on, today=today, reason=reason)
        visit.outcome = Visit.Outcome.TOOK_PLACE
        visit.actual_date = on
        if visit.is_unscheduled:
            visit.target_date = visit.window_opens = visit.window_closes = on
        else:
            # The reason for a mere change is in the trail; the visit keeps that of a deviation.
            visit.deviation_reason = reason.strip() if visit.is_outside_window else ""
        visit.save(update_fields=[*_ENTERED, *_ITS_DAY])
        because = _("%(visit)s took place on %(day)s.") % {"visit": visit.label, "day": on}
        moves = reschedule(visit.patient, by=by, because=because)
    return visit, moves


def add_unscheduled_visit(
    patient: Patient, *, by: User, on: date, today: date, reason: str, forms: Collection[str]
) -> Visit:
    """A visit that the protocol does not plan, with those of the trial's forms that were filled.

    Sent twice, it is stored once.

    Raises:
        Refused: the date is impossible, the reason is missing, or no form of the trial is named.
    """
    with audit.writing(by=by, reason=reason):
        patient = Patient.objects.select_for_update().get(pk=patient.pk)
        check_open_to_writes(
            trial_id=patient.trial_id, site_id=patient.site_id, patient_id=patient.pk
        )
        check_unscheduled_visit(patient, on=on, today=today, reason=reason, forms=forms)
        known = Visit.objects.filter(patient=patient, track=Visit.UNSCHEDULED)
        chosen = [slug for slug in patient.version.definition.visit_forms if slug in forms]
        for visit in known:
            if (visit.actual_date, visit.forms, visit.deviation_reason) == (on, chosen, reason):
                return visit
        number = known.count() + 1
        return Visit.objects.create(
            patient=patient,
            key=f"U{number}",
            label_en=f"Unscheduled visit {number}",
            label_zh=f"计划外访视 {number}",
            track=Visit.UNSCHEDULED,
            position=0,
            forms=chosen,
            target_date=on,
            window_opens=on,
            window_closes=on,
            outcome=Visit.Outcome.TOOK_PLACE,
            actual_date=on,
            deviation_reason=reason,
        )


def mark_visit_missed(visit: Visit, *, by: User, reason: str) -> Visit:
    """
    Raises:
        Refused: the reason is missing, or the visit took place.
    """
    if not reason.strip():
        raise Refused(_("Enter why the visit was missed."))
    with audit.writing(by=by, reason=reason):
        visit = _as_it_is_now(visit)
        check_is_planned(visit)
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
