"""Who was screened, enrolled and treated, and when each patient was last known alive."""

from datetime import date

import pandas as pd
from django.db.models import F, Max, Q, QuerySet, Value, Window

from core.models import Trial
from dosing.models import CapsuleCourse
from enrollment.calc.randomization import level_for
from enrollment.models import (
    EndOfStudy,
    EndOfTreatment,
    Patient,
    ProtocolDeviation,
    TrialVersion,
    Visit,
    VisitForm,
)
from enrollment.queries.randomization import latest_answers, randomized_days
from outcomes.models import Death, Laboratory, SurvivalStatus, TumorAssessment
from outcomes.queries.doses import dosed_days
from outcomes.queries.frames import completed, dates, frame, text


def read_patients(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Everybody screened by the cut, in the order of their numbers.

    Columns: id, screening_number, patient (empty before enrollment), site, sex, born_on (may be
    partial), screened_on, is_eligible, ineligible_because, enrolled_on (missing if not by the cut).
    """
    rows = Patient.objects.filter(trial=trial, screened_on__lte=cut_on)
    patients = frame(
        rows.order_by("number", "screening_number"),
        id="id",
        screening_number="screening_number",
        patient="number",
        site="site__code",
        sex="sex",
        born_on=text("born_on"),
        screened_on="screened_on",
        is_eligible="is_eligible",
        ineligible_because="ineligible_because",
        enrolled_on="enrolled_on",
    )
    for column in ("screened_on", "enrolled_on"):
        patients[column] = dates(patients[column])
    late = patients["enrolled_on"] > pd.Timestamp(cut_on)
    patients["enrolled_on"] = patients["enrolled_on"].mask(late)
    patients["patient"] = patients["patient"].where(patients["enrolled_on"].notna(), "")
    return patients.sort_values(["patient", "screening_number"], ignore_index=True)


def read_factors(version: TrialVersion, enrolled: pd.DataFrame) -> pd.DataFrame:
    """Columns: id, factor, level: of the factors that a form of the trial answers.

    `enrolled`: id, enrolled_on. The answer is the last one of visits up to the enrollment, as the
    randomization reads it; one query for each factor. Who has no answer has no row.
    """
    until = {
        pk: day.date() for pk, day in zip(enrolled["id"], enrolled["enrolled_on"], strict=True)
    }
    design = version.definition.randomization
    rows = [
        (pk, stratum.id, level_for(stratum, value))
        for stratum in (design.strata if design else ())
        if stratum.field
        for pk, value in latest_answers(stratum, until).items()
    ]
    factors = pd.DataFrame(rows, columns=["id", "factor", "level"])
    return factors.dropna().sort_values(["id", "factor"], ignore_index=True)


def read_doses(trial: Trial) -> pd.DataFrame:
    """First and last day with capsules, after the cut too.

    Columns: id, first_dose_on, last_dose_on.
    """
    found = dosed_days(completed(CapsuleCourse, trial))
    rows = [(patient, *days) for patient, days in found.items()]
    doses = pd.DataFrame.from_records(rows, columns=["id", "first_dose_on", "last_dose_on"])
    for column in ("first_dose_on", "last_dose_on"):
        doses[column] = dates(doses[column])
    return doses


def read_randomized(trial: Trial) -> pd.DataFrame:
    """Columns: id, randomized_on; after the cut too, and never an arm."""
    days = frame(randomized_days(trial), id="patient_id", randomized_on="allocated_on")
    days["randomized_on"] = dates(days["randomized_on"])
    return days


def read_ends_of_treatment(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Columns: id, ended_on, last_dose_on, reason, new_therapy_on; ends after the cut are not
    known yet."""
    rows = completed(EndOfTreatment, trial).filter(ended_on__lte=cut_on)
    ends = frame(
        rows.order_by("patient_id"),
        id="patient_id",
        ended_on="ended_on",
        last_dose_on="last_dose_on",
        reason="reason",
        new_therapy_on="new_therapy_on",
    )
    for column in ("ended_on", "last_dose_on", "new_therapy_on"):
        ends[column] = dates(ends[column])
    return ends


def read_ends_of_study(trial: Trial, cut_on: date) -> pd.DataFrame:
    """Columns: id, reason."""
    rows = completed(EndOfStudy, trial).filter(ended_on__lte=cut_on)
    return frame(rows.order_by("patient_id"), id="patient_id", reason="reason")


def read_major_deviations(trial: Trial, cut_on: date) -> set[int]:
    """Ids of patients with a major deviation by the cut, or one whose day is not known."""
    major = completed(ProtocolDeviation, trial).filter(
        importance=ProtocolDeviation.Importance.MAJOR
    )
    known = major.filter(Q(happened_on__lte=cut_on) | Q(happened_on=None))
    return set(known.values_list("patient_id", flat=True))


def read_deaths(trial: Trial) -> pd.DataFrame:
    """Columns: id, died_on as entered (`2026`, `2026-11` or a day).

    Those after the cut are read too: they show that the patient lived at the cut.
    """
    rows = completed(Death, trial).exclude(died_on=None).order_by("patient_id")
    return frame(rows, id="patient_id", died_on=text("died_on"))


def read_last_alive(trial: Trial) -> pd.DataFrame:
    """The latest day with any evidence of life but capsules.

    Columns: id, last_alive_on, last_alive_form (its slug; `visit` or `patient` where the day is the
    visit's or the patient's own; of several on one day the last in the order of `_evidence`),
    last_alive_visit (the key of that form's visit; empty for a form without one).

    Days after the cut are read too: they show that the patient lived at the cut.
    """
    found = [
        frame(
            rows.exclude(**{field: None})
            .annotate(latest=Window(Max(field), partition_by=_patient_path(rows)))
            .filter(latest=F(field))
            .order_by("pk"),
            id=_patient_path(rows),
            last_alive_on="latest",
            last_alive_visit=_visit_key(rows),
        ).assign(last_alive_form=form)
        for rows, field, form in _evidence(trial)
    ]
    alive = pd.concat([part for part in found if len(part)] or found[:1], ignore_index=True)
    alive["last_alive_on"] = dates(alive["last_alive_on"])
    ordered = alive.sort_values("last_alive_on", kind="stable")
    return ordered.drop_duplicates("id", keep="last").sort_values("id", ignore_index=True)


def _patient_path(rows: QuerySet) -> str:
    return "pk" if rows.model is Patient else "patient_id"


def _visit_key(rows: QuerySet) -> str | Value:
    if rows.model is Visit:
        return "key"
    return "visit__key" if issubclass(rows.model, VisitForm) else Value("")


def _evidence(trial: Trial) -> list[tuple[QuerySet, str, str]]:
    """Rows, the field of each on whose day the patient lived, and the form."""
    studies, treatments = completed(EndOfStudy, trial), completed(EndOfTreatment, trial)
    scans, statuses = completed(TumorAssessment, trial), completed(SurvivalStatus, trial)
    alive = statuses.filter(status=SurvivalStatus.Status.ALIVE)
    # A contact at which one learned of a death, or nothing, is a visit and no sign of life.
    not_seen = statuses.exclude(status=SurvivalStatus.Status.ALIVE).values("visit_id")
    visits = Visit.objects.filter(patient__trial=trial).exclude(pk__in=not_seen)
    return [
        (Patient.objects.filter(trial=trial), "screened_on", "patient"),
        (Patient.objects.filter(trial=trial), "enrolled_on", "patient"),
        (visits, "actual_date", "visit"),
        (completed(Laboratory, trial), "sampled_on", "laboratory"),
        (scans, "scanned_on", "tumor-assessment"),
        (scans, "last_scanned_on", "tumor-assessment"),
        (alive, "status_on", "survival-status"),
        (treatments, "last_dose_on", "end-of-treatment"),
        (treatments, "new_therapy_on", "end-of-treatment"),
        (treatments.exclude(reason=EndOfTreatment.Reason.DEATH), "ended_on", "end-of-treatment"),
        (studies, "last_known_alive_on", "end-of-study"),
        (studies.filter(reason=EndOfStudy.Reason.COMPLETED), "ended_on", "end-of-study"),
    ]
