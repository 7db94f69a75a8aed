"""Everything that the night computes from, as of one moment."""

from datetime import date

import pandas as pd

from core.models import AuditEntry, Trial
from enrollment.models import EndOfTreatment, TrialVersion
from outcomes.calc.snapshot.inputs import Inputs
from outcomes.calc.snapshot.settings import first_reader, other_reader
from outcomes.models import SurvivalStatus
from outcomes.queries import exposure
from outcomes.queries import patients as read
from outcomes.queries.adjudication import accepted, fingerprints, read_by_one
from outcomes.queries.factors import read_groups
from outcomes.queries.frames import completed, dates
from outcomes.queries.laboratory import read_laboratory
from outcomes.queries.markers import read_markers
from outcomes.queries.moment import one_moment
from outcomes.queries.questionnaires import read_questionnaires
from outcomes.queries.readers import TABLES
from outcomes.queries.safety import read_adverse_events
from outcomes.queries.tumors import read_tumors


def read_inputs(version: TrialVersion, cut_on: date) -> tuple[Inputs, int]:
    """The inputs, and the last number of the audit trail whose changes they hold."""
    with one_moment():
        last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
        return _read(version, cut_on), last or 0


def _read(version: TrialVersion, cut_on: date) -> Inputs:
    trial = version.trial
    patients = read.read_patients(trial, cut_on)
    enrolled = patients.loc[patients["patient"] != "", ["id", "patient", "site", "enrolled_on"]]
    enrolled = enrolled.reset_index(drop=True)
    subject_of = pd.Series(enrolled.index, index=enrolled["id"], dtype="int64")

    tumors = read_tumors(trial, cut_on, TABLES[first_reader(version.definition)])
    other = read_tumors(trial, cut_on, TABLES[other_reader(version.definition)])
    ends = read.read_ends_of_treatment(trial, cut_on)
    subjects = _subjects(version, cut_on, enrolled, ends, tumors.scans)
    for name, scanned in _scanned(subjects, other.scans).items():
        subjects[f"other_{name}"] = scanned
    return Inputs(
        patients=patients,
        subjects=_with_subjects(subjects, subject_of),
        factors=_with_subjects(read.read_factors(version, enrolled), subject_of),
        lesions=_with_subjects(tumors.lesions, subject_of, "lesion"),
        assessments=_with_subjects(tumors.assessments, subject_of, "date", "visit", "lesion"),
        other_lesions=_with_subjects(other.lesions, subject_of, "lesion"),
        other_assessments=_with_subjects(other.assessments, subject_of, "date", "visit", "lesion"),
        adjudications=_with_subjects(_adjudications(version, cut_on, enrolled), subject_of),
        adverse_events=_with_subjects(read_adverse_events(trial, cut_on), subject_of),
        laboratory=_with_subjects(read_laboratory(trial, cut_on), subject_of),
        ends_of_treatment=_with_subjects(ends, subject_of),
        ends_of_study=_with_subjects(read.read_ends_of_study(trial, cut_on), subject_of),
        courses=_with_subjects(exposure.read_courses(trial, cut_on), subject_of),
        background_doses=_with_subjects(exposure.read_background_doses(trial, cut_on), subject_of),
        dose_decisions=_with_subjects(exposure.read_dose_decisions(trial, cut_on), subject_of),
        questionnaires=_with_subjects(
            read_questionnaires(trial, cut_on), subject_of, "answered_on", "visit_sequence"
        ),
        markers=_with_subjects(read_markers(trial, cut_on), subject_of, "marker", "sampled_on"),
        arms=_with_subjects(_groups(trial, subjects), subject_of),
    )


def _groups(trial: Trial, subjects: pd.DataFrame) -> pd.DataFrame:
    """As `read_groups`, of those who were randomized by the cut."""
    randomized = subjects.loc[subjects["randomized_on"].notna(), "id"]
    groups = read_groups(trial)
    return groups[groups["id"].isin(randomized)]


def _subjects(
    version: TrialVersion,
    cut_on: date,
    enrolled: pd.DataFrame,
    ends: pd.DataFrame,
    scans: pd.DataFrame,
) -> pd.DataFrame:
    trial = version.trial
    deaths, alive = read.read_deaths(trial), read.read_last_alive(trial)
    doses = read.read_doses(trial)
    subjects = enrolled.copy()
    first_dose = _of(subjects, doses, "first_dose_on")
    cut = pd.Timestamp(cut_on)
    subjects["first_dose_on"] = first_dose.mask(first_dose > cut)
    last_dose = _of(subjects, doses, "last_dose_on")
    subjects["last_dose_on"] = last_dose.mask(last_dose > cut, cut).mask(first_dose > cut)
    randomized = _of(subjects, read.read_randomized(trial), "randomized_on")
    subjects["randomized_on"] = randomized.mask(randomized > cut)
    begins = {"first_dose": "first_dose_on", "randomization": "randomized_on"}
    column = begins.get(version.definition.endpoints.reference_date, "enrolled_on")
    # Whoever has no such day, in a population of all enrolled, starts with enrollment.
    subjects["start_date"] = subjects[column].fillna(subjects["enrolled_on"])
    subjects["new_therapy_date"] = _of(subjects, ends, "new_therapy_on")
    subjects["death_date"] = subjects["id"].map(deaths.set_index("id")["died_on"])
    seen, dosed = _of(subjects, alive, "last_alive_on"), _of(subjects, doses, "last_dose_on")
    subjects["last_alive_date"] = pd.concat([seen, dosed], axis=1).max(axis=1)
    by_capsules = dosed.notna() & ~(seen >= dosed)
    found = alive.set_index("id")
    form, visit = (subjects["id"].map(found[f"last_alive_{name}"]) for name in ("form", "visit"))
    subjects["last_alive_form"] = form.mask(by_capsules, "capsule-course").fillna("")
    subjects["last_alive_visit"] = visit.mask(by_capsules, "").fillna("")
    clinical = ends[ends["reason"] == EndOfTreatment.Reason.CLINICAL_PROGRESSION]
    subjects["clinical_progression_date"] = _of(subjects, clinical, "ended_on")
    for name, scanned in _scanned(subjects, scans).items():
        subjects[name] = scanned
    said_dead = completed(SurvivalStatus, trial).filter(status=SurvivalStatus.Status.DEAD)
    without_form = set(said_dead.values_list("patient_id", flat=True)) - set(deaths["id"])
    subjects["is_dead_without_date"] = subjects["id"].isin(without_form)
    subjects["has_major_deviation"] = subjects["id"].isin(read.read_major_deviations(trial, cut_on))
    return subjects


def _scanned(subjects: pd.DataFrame, scans: pd.DataFrame) -> dict[str, pd.Series]:
    """Which subjects a reader has read at baseline, and which after it."""
    return {
        "baseline_adequate": subjects["id"].isin(scans.loc[scans["is_baseline"], "id"]),
        "has_follow_up_scan": subjects["id"].isin(scans.loc[~scans["is_baseline"], "id"]),
    }


def _adjudications(version: TrialVersion, cut_on: date, enrolled: pd.DataFrame) -> pd.DataFrame:
    """As `Inputs` has them, by the patient's id."""
    rows = []
    if version.definition.endpoints.reader == "adjudicated":
        now = fingerprints(enrolled["id"].tolist())
        decisions, by_one = accepted(now), read_by_one(version.trial, by=cut_on)
        for patient, fingerprint in now.items():
            decision = decisions.get(patient)
            reader, holds = (decision.reader, decision.holds) if decision else ("", False)
            rows.append((patient, reader, holds, patient not in by_one, fingerprint))
    columns = ["id", "accepted", "holds", "is_read_by_both", "fingerprint"]
    return pd.DataFrame(rows, columns=columns)


def _of(subjects: pd.DataFrame, table: pd.DataFrame, column: str) -> pd.Series:
    return dates(subjects["id"].map(table.set_index("id")[column]))


def _with_subjects(table: pd.DataFrame, subject_of: pd.Series, *order: str) -> pd.DataFrame:
    """The rows of enrolled patients, by subject; within one in the order given or as they are."""
    numbered = table.assign(subject=table["id"].map(subject_of)).dropna(subset="subject")
    numbered["subject"] = numbered["subject"].astype("int64")
    ordered = numbered.sort_values(["subject", *order], kind="stable", ignore_index=True)
    columns = ["subject", *ordered.columns.drop(["subject", "id"])]
    return ordered[columns]
