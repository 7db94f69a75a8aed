"""Data-quality checks about capsules."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dosing.models import CapsuleCourse
from enrollment.models import EndOfTreatment
from enrollment.quality import Check, Finding, Scope, Severity, register_check
from enrollment.quality.scope import values

FORM = "capsule-course"


def find_lost_capsules(scope: Scope) -> Iterator[Finding]:
    """Courses of which every day is known, and the capsules do not add up."""
    courses = scope.records(CapsuleCourse).filter(
        dispensed_capsules__isnull=False, returned_capsules__isnull=False
    )
    unknown = Count("rows", filter=Q(rows__capsules_taken__isnull=True))
    counted = courses.annotate(
        gone=F("dispensed_capsules") - F("returned_capsules") - Coalesce("lost_capsules", 0),
        taken=Sum("rows__capsules_taken"),
        days_unknown=unknown,
    ).filter(days_unknown=0, taken__isnull=False)
    wrong = counted.exclude(gone=F("taken"))
    for record, patient, visit, gone, taken in values(
        wrong, "pk", "patient_id", "visit_id", "gone", "taken"
    ):
        place = scope.place(FORM, record, patient, visit_id=visit, field="returned_capsules")
        yield Finding(place, {"gone": str(gone), "taken": str(taken)})


def last_doses(scope: Scope) -> Iterator[tuple[int, int, int, date]]:
    """Course, patient, visit and the last day on which a capsule was taken."""
    taken = Max("rows__day", filter=Q(rows__capsules_taken__gt=0))
    courses = scope.records(CapsuleCourse).filter(started_on__isnull=False)
    for record, patient, visit, started_on, day in values(
        courses.annotate(last_day=taken), "pk", "patient_id", "visit_id", "started_on", "last_day"
    ):
        if day:
            yield record, patient, visit, started_on + timedelta(days=day - 1)


def find_doses_after_treatment(scope: Scope) -> Iterator[Finding]:
    ends = dict(values(scope.records(EndOfTreatment), "patient_id", "last_dose_on"))
    for record, patient, visit, day in last_doses(scope):
        ended_on = ends.get(patient)
        if ended_on and day > ended_on:
            place = scope.place(FORM, record, patient, visit_id=visit, field="started_on")
            yield Finding(place, {"dose": str(day), "end": str(ended_on)})


def find_courses_before_consent(scope: Scope) -> Iterator[Finding]:
    courses = scope.records(CapsuleCourse).filter(started_on__isnull=False)
    for record, patient, visit, started_on in values(
        courses, "pk", "patient_id", "visit_id", "started_on"
    ):
        consented_on = scope.consented_on.get(patient)
        if consented_on is None or started_on < consented_on:
            place = scope.place(FORM, record, patient, visit_id=visit, field="started_on")
            details = {"day": str(started_on), "consent": str(consented_on or "–")}
            yield Finding(place, details)


for check in (
    Check(
        "DQ-020",
        _("Capsules that do not add up"),
        _(
            "Dispensed less returned and lost is %(gone)s, but the days add up to %(taken)s."
            " Correct a number, or enter the capsules that were lost."
        ),
        _("Accountability: every capsule is taken, returned or lost."),
        Severity.ERROR,
        find_lost_capsules,
        is_automatic=True,
    ),
    Check(
        "DQ-021",
        _("Capsules after the last dose"),
        _(
            "Capsules are entered up to %(dose)s, but the end of treatment names %(end)s as the"
            " last dose. Correct one of the two."
        ),
        _("Exposure and the window for treatment-emergent events end with the last dose."),
        Severity.ERROR,
        find_doses_after_treatment,
        is_automatic=True,
        asked_at=("capsule-course",),
    ),
    Check(
        "DQ-022",
        _("Capsules before the consent"),
        _("The course began on %(day)s, before the first signed consent (%(consent)s)."),
        _("No treatment of the trial without consent (ICH E6(R3), informed consent)."),
        Severity.ERROR,
        find_courses_before_consent,
        is_automatic=True,
        asked_at=("capsule-course",),
    ),
):
    register_check(check)
