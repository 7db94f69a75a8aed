"""The table `adverse_event_flags`: every adverse event with what the safety tables count it as.

One row per event of the log, as entered there. Columns of `flag_adverse_events`:

    subject               number of the patient
    event                 row of the log
    term                  CTCAE term, or what was typed for an event without one
    organ_class           system organ class of the term; empty for a term of no catalog
    grade                 1 to 5, the worst of the event
    worst_grade           highest grade of this term that the patient had under treatment; missing
                          for a term without a treatment-emergent event
    is_worst              this row counts the term for the patient: the first of its worst grade
                          among the treatment-emergent ones
    started_on, ended_on  as entered (`2026`, `2026-11` or a day); empty if not known
    is_ongoing, is_serious
    is_treatment_emergent see `outcomes.calc.emergence`
    is_related            to the capsules: possible, probable or definite
    is_related_to_background
                          the same for the background therapy
    is_treatment_related  treatment-emergent and related to the capsules

Counts of people by worst grade take the rows with `is_worst`.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core.calc.partial_date import PartialDate
from outcomes.calc.emergence import Event, TreatmentPeriod, is_treatment_emergent

COLUMNS = [
    "subject",
    "event",
    "term",
    "organ_class",
    "grade",
    "worst_grade",
    "is_worst",
    "started_on",
    "ended_on",
    "is_ongoing",
    "is_serious",
    "is_treatment_emergent",
    "is_related",
    "is_related_to_background",
    "is_treatment_related",
]


def flag_adverse_events(
    events: pd.DataFrame, periods: Mapping[int, TreatmentPeriod]
) -> pd.DataFrame:
    """`events`: subject, event, term, organ_class, grade, started_on, ended_on (texts),
    is_ongoing, is_serious, is_related, is_related_to_background; by subject and event.

    `periods`: of the subjects who had a dose.
    """
    emergent = _emergent(events, periods)
    counted = events[emergent]
    by_term = ["subject", "term"]
    worst = counted.groupby(by_term)["grade"].max().rename("worst_grade").astype("Int64")
    table = events.assign(
        is_treatment_emergent=emergent,
        is_treatment_related=emergent & events["is_related"].astype(bool),
    ).merge(worst.reset_index(), how="left", on=by_term)
    is_at_worst = emergent & (table["grade"] == table["worst_grade"]).fillna(False).astype(bool)
    is_first = ~table[is_at_worst].duplicated(by_term)
    table["is_worst"] = is_at_worst & is_first.reindex(table.index, fill_value=False)
    return table[COLUMNS]


def _emergent(events: pd.DataFrame, periods: Mapping[int, TreatmentPeriod]) -> pd.Series:
    flags: dict[Any, bool] = {}
    for _subject, rows in events.groupby("subject"):
        period = periods.get(int(rows["subject"].iloc[0]))
        known = [
            Event(term, int(grade), _partial(start), _partial(end))
            for term, grade, start, end in zip(
                rows["term"], rows["grade"], rows["started_on"], rows["ended_on"], strict=True
            )
        ]
        for place, (label, event) in enumerate(zip(rows.index, known, strict=True)):
            others = tuple(known[:place] + known[place + 1 :])
            flags[label] = is_treatment_emergent(event, period=period, others=others)
    return pd.Series([flags[label] for label in events.index], index=events.index, dtype=bool)


def _partial(text: str) -> PartialDate | None:
    return PartialDate.parse(text) if text else None
