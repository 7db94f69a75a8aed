"""What the night computes from, and its fingerprint."""

import hashlib
from dataclasses import dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Inputs:
    """Tables of one trial. `subject` numbers the enrolled patients from 0, by patient number.

    `patients`: the screening log: screening_number, patient (empty if not enrolled), site, sex,
    born_on (may be partial), screened_on, is_eligible, ineligible_because, enrolled_on.
    `subjects`: subject, patient, site, enrolled_on, randomized_on (missing where not by the cut),
    first_dose_on, last_dose_on (both up to the cut), start_date, new_therapy_date,
    death_date (may be partial), last_alive_date, clinical_progression_date, baseline_adequate,
    has_follow_up_scan, other_baseline_adequate, other_has_follow_up_scan (by the other reader),
    is_dead_without_date, has_major_deviation,
    last_alive_form and last_alive_visit (the form that last_alive_date is from, and its visit).
    `factors`: subject, factor, level (of randomization).
    `lesions`, `assessments`: for `timepoint_responses`, of the reader whom the definition names;
    `other_lesions`, `other_assessments`: the same of the other reader, for the comparison, and
    where an adjudicator accepts it. With an adjudicator the first reader is the central one.
    `adjudications`: subject, accepted (reader, or empty), holds, is_read_by_both, fingerprint of
    both readings (which holds keys of the database); no row without an adjudicator.
    `adverse_events`: see
    `flag_adverse_events`. `laboratory`: see `grade_laboratory`. `ends_of_treatment`: subject,
    ended_on, last_dose_on, reason, new_therapy_on. `ends_of_study`: subject, reason. `courses`,
    `background_doses`, `dose_decisions`: see `outcomes.queries.exposure`, with subject.
    `questionnaires`: subject, visit, visit_sequence, answered_on, q1 to q30. `markers`: subject,
    marker, visit, sampled_on, value.
    `arms`: subject, group (id of the arm), stratum; no row unless the arms are no secret.
    """

    patients: pd.DataFrame
    subjects: pd.DataFrame
    factors: pd.DataFrame
    lesions: pd.DataFrame
    assessments: pd.DataFrame
    other_lesions: pd.DataFrame
    other_assessments: pd.DataFrame
    adjudications: pd.DataFrame
    adverse_events: pd.DataFrame
    laboratory: pd.DataFrame
    ends_of_treatment: pd.DataFrame
    ends_of_study: pd.DataFrame
    courses: pd.DataFrame
    background_doses: pd.DataFrame
    dose_decisions: pd.DataFrame
    questionnaires: pd.DataFrame
    markers: pd.DataFrame
    arms: pd.DataFrame

    def sha256(self, *context: str) -> str:
        """The same for the same data on any database; `context` is what else decides the result."""
        digest = hashlib.sha256("\n".join(context).encode())
        for field in fields(self):
            table: pd.DataFrame = getattr(self, field.name)
            without_keys = table.drop(columns="id", errors="ignore")
            digest.update(f"\n{field.name}\n".encode())
            digest.update(without_keys.to_csv(index=False, lineterminator="\n").encode())
        return digest.hexdigest()
