"""Doses planned and doses taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Min, Q, Sum

from core.fields.captured import YesNo
from core.models import SiteScopedQuerySet
from dosing.calc.bands import starting_dose_mg
from dosing.models import CapsuleCourse
from enrollment.calc.definition import BackgroundDrug, Product
from enrollment.models import Patient, TrialVersion, VitalSigns


def planned_dose_mg(patient: Patient, drug: BackgroundDrug) -> Decimal | None:
    """The daily dose by the patient's body weight; none where the drug has no weight band.

    The weight is the last one measured up to the first dose of capsules, else the first one
    after it. None also while no weight is known.
    """
    if drug.weight_band is None:
        return None
    weight_kg = _starting_weight_kg(patient)
    return starting_dose_mg(weight_kg, drug.weight_band) if weight_kg else None


def _starting_weight_kg(patient: Patient) -> Decimal | None:
    first_dose_on = CapsuleCourse.objects.filter(patient=patient).aggregate(day=Min("started_on"))
    day: date | None = first_dose_on["day"]
    weights = (
        VitalSigns.objects.filter(patient=patient, weight_kg__isnull=False)
        .order_by("visit__actual_date")
        .values_list("visit__actual_date", "weight_kg")
    )
    known = [(measured_on, weight) for measured_on, weight in weights if measured_on is not None]
    before = [weight for measured_on, weight in known if day is None or measured_on <= day]
    if before:
        return before[-1]
    return known[0][1] if known else None


@dataclass(frozen=True)
class CourseExposure:
    """The capsules of one course. Days without a number count as days_unknown, not as 0."""

    patient: str
    site: str
    visit: str
    course: int | None
    started_on: date | None
    capsules_due: int
    capsules_taken: int
    days_unknown: int

    @property
    def compliance_pct(self) -> float | None:
        """Taken in percent of due; none while the count of a day is unknown."""
        if self.days_unknown or not self.capsules_due:
            return None
        return 100 * self.capsules_taken / self.capsules_due


def course_exposures(courses: SiteScopedQuerySet[CapsuleCourse]) -> list[CourseExposure]:
    """One row for each of these courses, by patient and date, in two queries.

    Due is what the product plans for a course; only the first day where the gate kept the
    following days closed. A day on which nothing was entered is unknown.
    """
    entered = Count("rows", filter=Q(rows__capsules_taken__isnull=False))
    found = list(
        courses.annotate(taken=Sum("rows__capsules_taken", default=0), days_entered=entered)
        .select_related("patient__site", "visit")
        .order_by("patient__number", "started_on")
    )
    products = _products({course.patient.version_id for course in found})
    return [_exposure(course, products[course.patient.version_id]) for course in found]


def _products(version_ids: Iterable[int]) -> dict[int, Product]:
    versions = TrialVersion.objects.in_bulk(list(version_ids))
    return {pk: version.definition.products[0] for pk, version in versions.items()}


def _exposure(course: CapsuleCourse, product: Product) -> CourseExposure:
    is_closed = product.day_one_gate and course.is_rest_released == YesNo.NO
    days_due = 1 if is_closed else product.dosing_days
    return CourseExposure(
        patient=str(course.patient),
        site=course.patient.site.code,
        visit=course.visit.key,
        course=course.visit.cycle,
        started_on=course.started_on,
        capsules_due=days_due * product.capsules_per_day,
        capsules_taken=course.taken,  # type: ignore[attr-defined]
        days_unknown=max(0, days_due - course.days_entered),  # type: ignore[attr-defined]
    )
