"""The forms of this app."""

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dosing.forms import CourseForm
from dosing.models import BackgroundDose, BackgroundTreatment, CapsuleCourse, DailyDose
from dosing.models.background import drugs_of
from dosing.models.capsules import product_of
from dosing.queries import planned_dose_mg
from enrollment.registry import FormSpec, Rows, Section, register


def days_of_course(course: CapsuleCourse) -> Iterator[DailyDose]:
    """One row for each day on which the product is due."""
    product = product_of(course.patient)
    return (DailyDose(day=day) for day in range(product.first_day, product.last_day + 1))


def drugs_of_regimen(treatment: BackgroundTreatment) -> Iterator[BackgroundDose]:
    """One row for each drug of the patient's regimen, with the dose that body weight asks for."""
    for drug in drugs_of(treatment.patient):
        dose_mg = planned_dose_mg(treatment.patient, drug)
        yield BackgroundDose(record=treatment, drug=drug.id, dose_mg=dose_mg)


def drug_name(row: BackgroundDose) -> str:
    names = {drug.id: drug.name for drug in drugs_of(row.record.patient)}
    name = names.get(row.drug)
    return name.in_language(get_language() or "en") if name else row.drug


register(
    FormSpec(
        "capsule-course",
        CapsuleCourse,
        "capsule_courses",
        sections=(
            Section(
                _("First day"),
                (
                    "started_on",
                    "is_day_one_observed",
                    "has_day_one_reaction",
                    "is_rest_released",
                ),
            ),
            Section(
                _("Capsules"),
                ("dispensed_capsules", "returned_capsules", "lost_capsules", "comment"),
            ),
        ),
        rows=Rows(
            DailyDose,
            _("Capsules day by day"),
            "daily_doses",
            expected=days_of_course,
            identity=("day",),
        ),
        form_mixin=CourseForm,
    )
)
register(
    FormSpec(
        "background-treatment",
        BackgroundTreatment,
        "background_treatments",
        rows=Rows(
            BackgroundDose,
            _("Drugs"),
            "background_doses",
            expected=drugs_of_regimen,
            identity=("drug",),
            named=drug_name,
        ),
    )
)
