"""One line for each person: what the patient flow, waterfall, spider and swimmer are drawn from.

What the engine already tells of a patient (responses, best responses, times) is not repeated here;
a page joins the tables by the number of the patient.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from outcomes.calc import best_response, irecist_best
from outcomes.calc.rules import EndpointRules
from outcomes.calc.sequence import Sequence as Records
from outcomes.calc.snapshot.accrual import died_by
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.inputs import Inputs

NO_TARGET, NO_ASSESSMENT, NO_SUM = "NO_TARGET", "NO_ASSESSMENT", "NO_SUM"
"""Why a patient has no change: nothing was measured at baseline; no scan counts; no scan that
counts has all targets measured."""


def disposition(
    inputs: Inputs, populations: Mapping[str, pd.Series], *, cut: pd.Timestamp
) -> pd.DataFrame:
    """One row for each screened person, in the order of the screening log.

    `populations`: id to its subjects. Columns: site, screening_number, patient (empty before
    enrollment), screened_on, is_eligible, ineligible_because, enrolled_on, start_date (of all
    times), first_dose_on, treatment_ended_on, treatment_end_reason, study_end_reason, is_dead (a
    death that can have been by the cut, with a form), death_date as entered, populations (ids,
    with a space between).
    """
    subjects = inputs.subjects.set_index("subject")
    treatment = inputs.ends_of_treatment.set_index("subject")
    known = pd.DataFrame(
        {
            "patient": subjects["patient"],
            "start_date": subjects["start_date"],
            "first_dose_on": subjects["first_dose_on"],
            "treatment_ended_on": treatment["ended_on"],
            "treatment_end_reason": treatment["reason"],
            "study_end_reason": inputs.ends_of_study.set_index("subject")["reason"],
            "death_date": died_by(subjects["death_date"], cut),
            "populations": _memberships(subjects.index, populations),
        },
        index=subjects.index,
    )
    # Who was never treated cannot have ended the treatment; the flow counts them so, too.
    untreated = known["first_dose_on"].isna()
    known["treatment_ended_on"] = known["treatment_ended_on"].mask(untreated)
    known["treatment_end_reason"] = known["treatment_end_reason"].mask(untreated)
    columns = [
        "site",
        "screening_number",
        "patient",
        "screened_on",
        "is_eligible",
        "ineligible_because",
        "enrolled_on",
    ]
    rows = inputs.patients[columns].merge(known, how="left", on="patient")
    rows["is_eligible"] = rows["is_eligible"].astype(bool)
    rows.insert(len(columns) + 5, "is_dead", rows["death_date"].notna())
    return rows


def _memberships(subjects: pd.Index, populations: Mapping[str, pd.Series]) -> pd.Series:
    inside = {name: subjects.isin(members) for name, members in populations.items()}
    names = [
        " ".join(name for name, is_member in inside.items() if is_member[place])
        for place in range(len(subjects))
    ]
    return pd.Series(names, index=subjects, dtype=object)


def tumor_changes(
    subjects: pd.DataFrame, derived: Sequence[Derived], *, rules: EndpointRules, cut: pd.Timestamp
) -> pd.DataFrame:
    """One row for each patient who had started by the cut and each set of criteria.

    The best change is the smallest one among the assessments that the best response may come from
    (up to progression, before a new therapy) at which all targets were measured; the first of
    several alike. Columns: subject, criteria, best_change_pct (below 0 is smaller),
    best_change_date, best_change_visit, best_sum_mm, why_none (see `NO_TARGET`), new_lesion_date
    and new_lesion_visit (of the first assessment with an unequivocal one), on any assessment that
    counts.
    """
    return pd.concat(
        [_changes(part, _counted(part, subjects, rules, cut)) for part in derived],
        ignore_index=True,
    )


def _counted(
    part: Derived, subjects: pd.DataFrame, rules: EndpointRules, cut: pd.Timestamp
) -> Records:
    module = irecist_best if part.criteria == "irecist" else best_response
    return module.counted_assessments(subjects, part.responses, rules=rules, cut=cut)


def _changes(part: Derived, counted: Records) -> pd.DataFrame:
    """In the order of the subjects."""
    rows = part.responses.loc[counted.row].reset_index(drop=True)
    change = rows["change_pct"].to_numpy(dtype=float)
    measured = np.flatnonzero(~np.isnan(change))
    # By patient, then by change; of two alike the earlier one, because the order is stable.
    order = measured[np.lexsort((change[measured], counted.patient[measured]))]
    best = np.full(len(counted.subjects), -1, dtype=np.int64)
    best[counted.patient[order[::-1]]] = order[::-1]
    new = counted.first(rows["new_lesion"].to_numpy(dtype=bool))

    result = pd.DataFrame({"subject": counted.subjects["subject"], "criteria": part.criteria})
    for column, source in (
        ("best_change_pct", "change_pct"),
        ("best_change_date", "date"),
        ("best_change_visit", "visit"),
        ("best_sum_mm", "sum_mm"),
    ):
        result[column] = _at(rows[source], best)
    result["why_none"] = _why_none(part, counted, best)
    result["new_lesion_date"] = _at(rows["date"], new)
    result["new_lesion_visit"] = _at(rows["visit"], new)
    return result


def _at(values: pd.Series, positions: np.ndarray) -> pd.Series:
    """Missing for -1."""
    return values.reindex(positions).reset_index(drop=True)


def _why_none(part: Derived, counted: Records, best: np.ndarray) -> np.ndarray:
    subjects = counted.subjects["subject"]
    assessed = np.isin(np.arange(len(subjects)), counted.patient)
    with_baseline = part.responses.loc[part.responses["baseline_mm"] > 0, "subject"]
    has_target = subjects.isin(with_baseline).to_numpy(dtype=bool)
    return np.select(
        [best >= 0, ~assessed, ~has_target], ["", NO_ASSESSMENT, NO_TARGET], default=NO_SUM
    )
