"""Doses planned and doses taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Min, Q, QuerySet, Sum

from core.fields.captured import YesNo
from dosing.calc.bands import starting_dose_mg
from dosing.calc.compliance import Compliance, compliance
from dosing.models import CapsuleCourse
from enrollment.calc.definition import BackgroundDrug, Product, WeightBand
from enrollment.models import Patient, TrialVersion, VitalSigns


@dataclass(frozen=True)
class PlannedDose:
    """A daily dose by body weight, with what it follows from; none while no weight is known."""

    band: WeightBand
    weight_kg: Decimal | None
    weighed_on: date | None

    @property
    def dose_mg(self) -> Decimal | None:
        return starting_dose_mg(self.weight_kg, self.band) if self.weight_kg else None


def planned_dose(patient: Patient, drug: BackgroundDrug) -> PlannedDose | None:
    """The dose by the patient's body weight; none where the drug has no weight band.

    The weight is the last one measured up to the first dose of capsules, else the first one
    after it.
    """
    if drug.weight_band is None:
        return None
    weighed_on, weight_kg = _starting_weight(patient)
    return PlannedDose(drug.weight_band, weight_kg, weighed_on)


def planned_dose_mg(patient: Patient, drug: BackgroundDrug) -> Decimal | None:
    """As `planned_dose`, the dose alone."""
    planned = planned_dose(patient, drug)
    return planned.dose_mg if planned else None


def _starting_weight(patient: Patient) -> tuple[date | None, Decimal | None]:
    courses = CapsuleCourse.objects.filter(patient=patient)
    weights = VitalSigns.objects.filter(patient=patient)
    return starting_weights(weights, courses).get(patient.pk, (None, None))


def starting_weights(
    weights: QuerySet[VitalSigns], courses: QuerySet[CapsuleCourse]
) -> dict[int, tuple[date, Decimal]]:
    """Day and weight in kilograms by patient: the last up to the first dose, else the first after.

    Two queries, whatever the number of patients. Who was never weighed is left out.
    """
    first_doses = dict(
        courses.order_by()
        .values("patient_id")
        .annotate(day=Min("started_on"))
        .values_list("patient_id", "day")
    )
    found: dict[int, tuple[date, Decimal]] = {}
    for patient, day, weight_kg in weights.order_by("visit__actual_date").values_list(
        "patient_id", "visit__actual_date", "weight_kg"
    ):
        first_dose_on = first_doses.get(patient)
        if day is None or weight_kg is None:
            continue
        if patient not in found or first_dose_on is None or day <= first_dose_on:
            found[patient] = (day, weight_kg)
    return found


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

    dispensed: int | None = None
    returned: int | None = None
    lost: int | None = None
    label: str = ""
    patient_id: int = 0
    capsules_planned: int = 0
    """Of a whole course; due are fewer where the gate kept the following days closed."""
    course_days: int = 0
    last_day_on: date | None = None
    """The last day of the course on which capsules are planned."""

    @property
    def compliance(self) -> Compliance:
        return compliance(
            due=self.capsules_due,
            taken_by_day=self.capsules_taken,
            days_unknown=self.days_unknown,
            dispensed=self.dispensed,
            returned=self.returned,
            lost=self.lost,
        )


def course_exposures(courses: QuerySet[CapsuleCourse]) -> list[CourseExposure]:
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
        dispensed=course.dispensed_capsules,
        returned=course.returned_capsules,
        lost=course.lost_capsules,
        label=course.visit.label,
        patient_id=course.patient_id,
        capsules_planned=product.capsules_per_course,
        course_days=product.course_days,
        last_day_on=_last_day_on(course, product),
    )


def _last_day_on(course: CapsuleCourse, product: Product) -> date | None:
    if course.started_on is None:
        return None
    return course.started_on + timedelta(days=product.last_day - 1)
