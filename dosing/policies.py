"""Whether a patient may get capsules. No sentence here may differ between arms."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from core.fields.captured import YesNo
from core.refusals import Refused
from dosing.models import CapsuleCourse, LedgerEntry
from dosing.models.capsules import product_of
from dosing.models.decisions import decided_changes
from enrollment.calc.course_changes import standing
from enrollment.calc.definition import CAPSULES
from enrollment.models import EndOfStudy, EndOfTreatment, Patient, Visit
from enrollment.queries.randomization import allocation_of
from oversight.models import RecordState

COURSE_FORM = "capsule-course"
LATEST_COURSE = 10_000


def last_dosing_day(patient: Patient, *, start: date) -> date:
    """The last day on which capsules of a course are due that starts on this day."""
    product = product_of(patient)
    return start + timedelta(days=product.last_day - product.first_day)


def check_can_get_capsules(patient: Patient, visit: Visit, *, on: date) -> None:
    """Of the course that begins at this visit, on this day."""
    if visit.patient_id != patient.pk or COURSE_FORM not in visit.forms:
        raise Refused(_("No course of capsules begins at this visit."))
    if patient.enrolled_on is None or on < patient.enrolled_on:
        raise Refused(_("Capsules are for enrolled patients, from the day of enrollment on."))
    if patient.version.definition.randomization is not None and allocation_of(patient) is None:
        raise Refused(_("This patient is not randomized yet."))
    for form in (EndOfTreatment, EndOfStudy):
        ended = form.objects.filter(patient=patient).exclude(state=RecordState.DRAFT)
        if ended.exists():
            raise Refused(_("Treatment of this patient has ended."))
    if visit.outcome == Visit.Outcome.MISSED:
        raise Refused(_("This visit was missed."))
    if visit.outcome in (Visit.Outcome.ON_HOLD, Visit.Outcome.SKIPPED):
        raise Refused(
            _("This visit is on hold or skipped. Hand the capsules out at an unscheduled visit.")
        )
    _check_decisions(patient, visit)


def _check_decisions(patient: Patient, visit: Visit) -> None:
    decided = decided_changes([patient.pk]).get(patient.pk, [])
    capsules = [change for change in decided if change.treatment == CAPSULES]
    # At an unscheduled visit every decision so far counts, as it belongs to no course.
    state, _reason = standing(capsules, visit.cycle or LATEST_COURSE)
    if state == "stop":
        raise Refused(_("The capsules were stopped for good."))
    if state == "hold":
        raise Refused(_("The capsules are on hold. A decision to resume opens them again."))
    if state == "skip":
        raise Refused(_("By a dose decision, this course is skipped."))


def check_course_is_new(visit: Visit) -> None:
    """One kit for a course; another one only when all of the first is lost."""
    held = LedgerEntry.objects.latest().filter(visit=visit).exclude(status="lost")
    if held.exists():
        raise Refused(_("A kit was dispensed for this course already."))


def check_rest_is_released(patient: Patient, visit: Visit) -> None:
    """The day-1 gate: what the course form says, draft or complete, decides."""
    if not product_of(patient).day_one_gate:
        return
    course = CapsuleCourse.objects.filter(visit=visit).first()
    if course is None or course.is_rest_released != YesNo.YES:
        raise Refused(
            _(
                "The following days are not released: the course form must say that the first"
                " dose was observed and that the capsules are released."
            )
        )
    if course.is_day_one_observed != YesNo.YES or course.has_day_one_reaction != YesNo.NO:
        raise Refused(
            _(
                "The following days are not released: the course form must say that the first"
                " dose was observed without an adverse reaction."
            )
        )
