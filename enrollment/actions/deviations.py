"""Deviations that the schedule itself shows."""

from django.utils.translation import gettext as _

from core import audit
from core.models import User
from core.refusals import Refused
from enrollment import registry
from enrollment.actions.records import save_record
from enrollment.models import Patient, ProtocolDeviation, Visit

FORM = "deviations"


def record_visit_deviation(visit: Visit, *, by: User) -> ProtocolDeviation:
    """The deviation of a missed or late visit as a draft, filled with what the schedule says.

    Asked for twice (a double click) it is one.

    Raises:
        Refused: the visit is as planned.
    """
    with audit.writing(by=by):
        Patient.objects.select_for_update().get(pk=visit.patient_id)
        category = category_of(visit)
        if not category:
            raise Refused(_("This visit took place inside its window."))
        known = ProtocolDeviation.objects.filter(
            patient=visit.patient_id, visit_key=visit.key, category=category
        ).first()
        if known is not None:
            return known
        deviation = ProtocolDeviation(
            patient=visit.patient,
            category=category,
            visit_key=visit.key,
            happened_on=visit.actual_date or visit.window_closes,
            description=_description(visit),
            cause=visit.deviation_reason[:500],
        )
        save_record(registry.get(FORM), deviation, by=by, complete=False)
        return deviation


def category_of(visit: Visit) -> str:
    """Empty where the visit is as planned, or did not take place yet."""
    if visit.outcome == Visit.Outcome.MISSED:
        return ProtocolDeviation.Category.MISSED_VISIT
    return ProtocolDeviation.Category.VISIT_WINDOW if visit.is_outside_window else ""


def _description(visit: Visit) -> str:
    values = {
        "visit": visit.label,
        "opens": visit.window_opens.isoformat(),
        "closes": visit.window_closes.isoformat(),
        "day": visit.actual_date.isoformat() if visit.actual_date else "",
    }
    if visit.actual_date is None:
        return _("%(visit)s was missed; its window was %(opens)s to %(closes)s.") % values
    return (
        _("%(visit)s took place on %(day)s, outside its window of %(opens)s to %(closes)s.")
        % values
    )
