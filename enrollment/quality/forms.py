"""Rules between the forms of this app, and what is computed from them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.calc.schedule import plan
from enrollment.models import EndOfStudy, EndOfTreatment, Visit, VitalSigns
from enrollment.quality.catalog import Check, Finding, Severity, register_check
from enrollment.quality.scope import Scope, values
from enrollment.queries.course_changes import course_changes

MOST_WEIGHT_CHANGE = Decimal("0.10")
"""Of the weight at the visit before. The grades of CTCAE 5.0 for weight loss begin at 5, 10 and
20 %; from 10 % on the next dose by weight is likely to differ."""


def find_visits_after_end(scope: Scope) -> Iterator[Finding]:
    ends = {
        patient: (record, day)
        for record, patient, day in values(
            scope.records(EndOfStudy), "pk", "patient_id", "ended_on"
        )
        if day
    }
    visits = Visit.objects.filter(patient__in=scope.selected, actual_date__isnull=False)
    latest: dict[int, tuple[date, str]] = {}
    for patient, day, label in visits.values_list("patient_id", "actual_date", "label_en"):
        if day is not None and (patient not in latest or (day, label) > latest[patient]):
            latest[patient] = (day, label)
    for patient, (record, ended_on) in ends.items():
        if patient in latest and latest[patient][0] > ended_on:
            day, label = latest[patient]
            place = scope.place("end-of-study", record, patient, field="ended_on")
            yield Finding(place, {"ended": str(ended_on), "visit": label, "day": str(day)})


def find_treatment_after_study(scope: Scope) -> Iterator[Finding]:
    studies = dict(values(scope.records(EndOfStudy), "patient_id", "ended_on"))
    treatments = values(scope.records(EndOfTreatment), "pk", "patient_id", "ended_on")
    for record, patient, day in treatments:
        ended_on = studies.get(patient)
        if day and ended_on and day > ended_on:
            place = scope.place("end-of-treatment", record, patient, field="ended_on")
            yield Finding(place, {"treatment": str(day), "study": str(ended_on)})


def find_weight_jumps(scope: Scope) -> Iterator[Finding]:
    """Between two visits that follow each other, in order of their dates."""
    weights: QuerySet[Any] = scope.records(VitalSigns).filter(weight_kg__isnull=False)
    before: tuple[int, Decimal] | None = None
    for record, patient, visit, weight_kg in weights.order_by(
        "patient_id", "visit__actual_date", "visit_id"
    ).values_list("pk", "patient_id", "visit_id", "weight_kg"):
        if before is not None and before[0] == patient and before[1] > 0:
            change = (weight_kg - before[1]) / before[1]
            if abs(change) > MOST_WEIGHT_CHANGE:
                place = scope.place(
                    "vital-signs", record, patient, field="weight_kg", visit_id=visit
                )
                details = {
                    "before": f"{before[1]}",
                    "now": f"{weight_kg}",
                    "percent": f"{100 * change:+.0f}",
                }
                yield Finding(place, details)
        before = (patient, weight_kg)


def find_stale_schedules(scope: Scope) -> Iterator[Finding]:
    """The first visit of each patient whose stored protocol date is not what the plan says now."""
    treatments = _ends(scope.records(EndOfTreatment))
    progressions = _ends(scope.records(EndOfTreatment).filter(reason="progression"))
    studies = _ends(scope.records(EndOfStudy))
    visits: dict[int, list[Visit]] = {}
    stored = Visit.objects.filter(patient__in=scope.selected).defer("forms", "deviation_reason")
    for visit in stored.order_by("patient_id", "position").iterator(chunk_size=5000):
        visits.setdefault(visit.patient_id, []).append(visit)
    changes = course_changes(list(scope.patients))
    for patient in scope.patients.values():
        if patient.enrolled_on is None:
            continue
        held = visits.get(patient.pk, [])
        planned = plan(
            patient.version.definition,
            enrolled_on=patient.enrolled_on,
            actual_dates={visit.key: visit.actual_date for visit in held if visit.actual_date},
            treatment_ended_on=treatments.get(patient.pk),
            progressed_on=progressions.get(patient.pk),
            study_ended_on=studies.get(patient.pk),
            regimen=patient.regimen,
            changes=changes.get(patient.pk, ()),
        )
        dates = {item.key: item.target_date for item in planned}
        for visit in held:
            target = dates.get(visit.key)
            if visit.outcome not in Visit.AHEAD or target in (None, visit.target_date):
                continue
            place = scope.place("", visit.pk, patient.pk, visit_id=visit.pk)
            yield Finding(
                place,
                {"visit": visit.key, "stored": str(visit.target_date), "computed": str(target)},
            )
            break


def _ends(records: QuerySet[Any]) -> dict[int, date]:
    return {patient: day for patient, day in values(records, "patient_id", "ended_on") if day}


for check in (
    Check(
        "DQ-010",
        _("Stale schedule"),
        _(
            "The protocol date of %(visit)s is stored as %(stored)s, but is %(computed)s by today's"
            " data. Save the date of the last visit again; that renews the schedule."
        ),
        _("Planned visits are computed from what took place; work lists and windows rely on them."),
        Severity.WARNING,
        find_stale_schedules,
    ),
    Check(
        "DQ-011",
        _("Visit after the end of the study"),
        _(
            "The study ended on %(ended)s, but %(visit)s took place on %(day)s. Correct one of the"
            " two dates."
        ),
        _("After the end of the study nothing is collected, and follow-up ends with it."),
        Severity.ERROR,
        find_visits_after_end,
        is_automatic=True,
        asked_at=("end-of-study",),
    ),
    Check(
        "DQ-012",
        _("Weight changed by more than 10 %"),
        _(
            "From %(before)s kg at the visit before to %(now)s kg (%(percent)s %%). Is the weight"
            " right?"
        ),
        _("A slip of the scale or pen; if right, doses by weight may have to change."),
        Severity.WARNING,
        find_weight_jumps,
        asked_at=("vital-signs",),
    ),
    Check(
        "DQ-013",
        _("End of treatment after the end of the study"),
        _(
            "Treatment is said to have ended on %(treatment)s, after the study on %(study)s."
            " Correct one of the two dates."
        ),
        _("Treatment is part of the study."),
        Severity.ERROR,
        find_treatment_after_study,
        is_automatic=True,
        asked_at=("end-of-treatment",),
    ),
):
    register_check(check)
