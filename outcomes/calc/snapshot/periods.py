"""When each patient was under treatment, as the safety tables need it."""

import pandas as pd

from outcomes.calc.emergence import TreatmentPeriod


def treatment_periods(
    subjects: pd.DataFrame, ends_of_treatment: pd.DataFrame, *, follow_up_days: int
) -> dict[int, TreatmentPeriod]:
    """By subject, for those who had a dose.

    `subjects`: subject, first_dose_on, last_dose_on. `ends_of_treatment`: subject, last_dose_on
    (missing if not known). The later one of the two last days counts, once treatment has ended.
    """
    treated = subjects.dropna(subset="first_dose_on")
    said = ends_of_treatment.drop_duplicates("subject").set_index("subject")["last_dose_on"]
    ended = set(said.index)
    periods = {}
    for subject, first, last in zip(
        treated["subject"], treated["first_dose_on"], treated["last_dose_on"], strict=True
    ):
        known = [day.date() for day in (last, said.get(subject)) if pd.notna(day)]
        periods[int(subject)] = TreatmentPeriod.of(
            first.date(),
            max(known, default=None),
            has_ended=subject in ended,
            follow_up_days=follow_up_days,
        )
    return periods
