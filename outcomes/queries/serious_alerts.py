"""Serious adverse events that wait for a report, for the home page and the patient's page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import User
from core.permissions import Permission, sites_where
from enrollment.alerts import Alert
from enrollment.models import Patient
from outcomes.models import AdverseEvent
from outcomes.queries.serious import Case, Step, waiting_cases

NEXT_STEPS: dict[Step, str | Promise] = {
    Step.START: gettext_lazy("Start the report"),
    Step.COMPLETE: gettext_lazy("Complete the report"),
    Step.SUBMIT: gettext_lazy("Submit the report"),
    Step.FOLLOW_UP: gettext_lazy("Write a follow-up when something is new"),
    Step.DONE: gettext_lazy("Nothing to do"),
}


def serious_alerts(user: User, at: datetime, patient: Patient | None) -> Iterator[Alert]:
    events = AdverseEvent.objects.filter(
        patient__site__in=sites_where(user, Permission.RECORD_EDIT)
    )
    if patient is not None:
        events = AdverseEvent.objects.filter(patient=patient)
    for case in waiting_cases(events):
        yield _alert(case, at)


def _alert(case: Case, at: datetime) -> Alert:
    clock = case.clock
    if clock is None:
        raise ValueError("a case that waits has a clock")
    return Alert(
        patient=case.event.patient,
        title=_("Serious adverse event %(number)s") % {"number": case.event.row_number},
        action=NEXT_STEPS[case.step],
        path=reverse("outcomes:serious-detail", args=[case.event.pk]),
        due_at=clock.due_at,
        pace=str(clock.pace(at)),
        remaining=remaining_text(clock.left(at)),
    )


def remaining_text(left: timedelta) -> str:
    """`3 h 05 min left`, `25 min over`, `2 d 4 h over`; whole minutes, never more than are left."""
    is_over = left <= timedelta(0)
    minutes = int(abs(left).total_seconds() // 60)
    days, hours = minutes // 1440, minutes // 60
    values = {"days": days, "hours": hours % 24 if days else hours, "minutes": minutes % 60}
    if days > 1:
        span = _("%(days)s d %(hours)s h") % values
    elif hours:
        values["hours"] = hours
        span = _("%(hours)s h %(minutes)02d min") % values
    else:
        span = _("%(minutes)s min") % values
    return (_("%(span)s over") if is_over else _("%(span)s left")) % {"span": span}
