"""Compliance of many patients, course by course. Nothing here depends on the arm."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dosing.calc.compliance import Compliance, overall_pct
from dosing.models import CapsuleCourse
from dosing.queries.exposure import course_exposures
from enrollment.models import Patient


@dataclass(frozen=True)
class PatientCompliance:
    """`courses` stand under the numbers of `ComplianceTable`; None where one is not begun."""

    patient: Patient
    courses: list[Compliance | None]

    @property
    def overall_pct(self) -> float | None:
        return overall_pct(course for course in self.courses if course is not None)


@dataclass(frozen=True)
class ComplianceTable:
    numbers: list[int]
    """Of the courses that at least one of the patients has begun."""
    rows: list[PatientCompliance]


def compliance_table(patients: Sequence[Patient]) -> ComplianceTable:
    """In the order of the patients, in two queries whatever their number."""
    found: dict[int, dict[int, Compliance]] = defaultdict(dict)
    for course in course_exposures(CapsuleCourse.objects.filter(patient__in=patients)):
        if course.course is not None:
            found[course.patient_id][course.course] = course.compliance
    numbers = sorted({number for courses in found.values() for number in courses})
    return ComplianceTable(
        numbers,
        [
            PatientCompliance(patient, [found[patient.pk].get(number) for number in numbers])
            for patient in patients
        ],
    )
