"""A patient's capsules, course by course: due, taken, and the kit that they came from."""

from dataclasses import dataclass

from core.models import User
from core.permissions import Permission, has_permission
from dosing.models import CapsuleCourse, LedgerEntry
from dosing.policies import COURSE_FORM
from dosing.queries.exposure import CourseExposure, course_exposures
from enrollment.models import Patient, Visit


@dataclass
class PatientCourse:
    """`exposure` is none while no form is begun, `entry` the last one of the course's kit."""

    visit: Visit
    exposure: CourseExposure | None = None
    entry: LedgerEntry | None = None
    lost: tuple[LedgerEntry, ...] = ()
    """Kits that were replaced."""


def patient_courses(patient: Patient) -> list[PatientCourse]:
    """Courses that began, or for which a kit was chosen, in order of date."""
    visits = Visit.objects.filter(patient=patient, cycle__isnull=False).order_by("target_date")
    found = {
        visit.pk: PatientCourse(visit) for visit in visits if COURSE_FORM in (visit.forms or [])
    }
    keys = {course.visit.key: course for course in found.values()}
    for exposure in course_exposures(CapsuleCourse.objects.filter(patient=patient)):
        if exposure.visit in keys:
            keys[exposure.visit].exposure = exposure
    entries = LedgerEntry.objects.latest().filter(patient=patient)
    for entry in entries.select_related("kit__lot").order_by("pk"):
        course = found.get(entry.visit_id or 0)
        if course is None:
            continue
        if entry.status == "lost":
            course.lost += (entry,)
        else:
            course.entry = entry
    return [c for c in found.values() if c.exposure or c.entry or c.lost or c.visit.is_open]


def capsules_panel(patient: Patient, user: User) -> dict[str, object] | None:
    """What the patient's page shows; nothing before enrollment."""
    if patient.enrolled_on is None:
        return None
    return {
        "courses": patient_courses(patient),
        "handles": has_permission(user, Permission.KIT_HANDLE, site=patient.site),
        "reads_kits": has_permission(user, Permission.KIT_VIEW, site=patient.site),
    }
