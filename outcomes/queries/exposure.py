"""Capsules and background drugs as given, with what was planned, and the decisions about them."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import pandas as pd
from django.db.models.functions import Coalesce

from core.models import Trial
from dosing.calc.bands import starting_dose_mg
from dosing.models import BackgroundDose, CapsuleCourse, DoseDecision
from dosing.queries.exposure import course_exposures, starting_weights
from enrollment.calc.definition import Definition
from enrollment.models import VitalSigns
from outcomes.queries.frames import completed, completed_rows, dates, frame

COURSE_COLUMNS = ["id", "visit", "started_on", "course_days", "planned", "due", "taken"]


def read_courses(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Courses whose last day with capsules was over by the cut, in the order of their days.

    Columns: id, visit, started_on, course_days, planned (capsules of a whole course), due (fewer
    where the gate kept closed), taken (missing where nobody knows).
    """
    courses = completed(CapsuleCourse, trial).filter(started_on__lte=cut_on)
    rows = [
        (
            course.patient_id,
            course.visit,
            course.started_on,
            course.course_days,
            course.capsules_planned,
            course.capsules_due,
            course.compliance.taken,
        )
        for course in course_exposures(courses)
        if course.last_day_on is not None and course.last_day_on <= cut_on
    ]
    found = pd.DataFrame.from_records(rows, columns=COURSE_COLUMNS)
    found["started_on"] = dates(found["started_on"])
    found["taken"] = found["taken"].astype(float)
    return found


def read_background_doses(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Rows of background drugs by the cut, in the order of their days.

    Columns: id, drug, change, day (given on, or the visit of a dose that was held), course_days
    (days to the next dose as the courses of the drug plan it), dose_mg, planned_mg (by body weight;
    missing where the drug has no band or nobody was weighed).
    """
    rows = completed_rows(BackgroundDose, trial).annotate(
        on_day=Coalesce("given_on", "record__visit__actual_date")
    )
    found = frame(
        rows.filter(on_day__lte=cut_on).order_by("record__patient_id", "on_day", "row_number"),
        id="record__patient_id",
        drug="drug",
        change="change",
        day="on_day",
        course_days="record__patient__version_id",
        dose_mg="dose_mg",
    )
    versions = {version.pk: version.definition for version in trial.versions.all()}
    given = zip(found["course_days"], found["drug"], strict=True)
    found["course_days"] = pd.Series(
        [versions[version].course_days_of(drug) for version, drug in given], dtype="int64"
    )
    found["day"] = dates(found["day"])
    found["dose_mg"] = found["dose_mg"].astype(float)
    planned = dict(_doses_by_weight(trial, versions))
    keys = zip(found["id"], found["drug"], strict=True)
    found["planned_mg"] = pd.Series([planned.get(key) for key in keys], dtype=float)
    return found


def _doses_by_weight(
    trial: Trial, versions: Mapping[int, Definition]
) -> Iterator[tuple[tuple[int, str], Decimal]]:
    """Patient and drug to the daily dose; from completed forms alone."""
    weights = starting_weights(completed(VitalSigns, trial), completed(CapsuleCourse, trial))
    for patient, version in trial.patients.filter(pk__in=weights).values_list("pk", "version_id"):
        for drug in versions[version].background:
            if drug.weight_band is not None:
                dose_mg = starting_dose_mg(weights[patient][1], drug.weight_band)
                yield (patient, drug.id), dose_mg


def read_dose_decisions(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Columns: id, treatment (capsules or a drug's id), action, reason."""
    rows = completed(DoseDecision, trial).filter(decided_on__lte=cut_on)
    return frame(
        rows.order_by("patient_id", "decided_on", "row_number"),
        id="patient_id",
        treatment="treatment",
        action="action",
        reason="reason",
    )
