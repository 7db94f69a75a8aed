"""What is known of each patient at the cut, beside the tumor assessments."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.dates import complete_death_dates
from outcomes.calc.rules import EndpointRules
from outcomes.calc.sequence import (
    NEVER,
    Bools,
    Ints,
    Sequence,
    cut_day,
    optional_dates,
    to_days,
)


@dataclass(frozen=True)
class FollowUp:
    """Days since 1970 for each patient, NEVER where nothing is known at the cut.

    `alive` is the last day known alive; `alive_source` says from what (alive, response, cut or
    start), and `alive_row` from which row of the responses (-1 for none).
    """

    start: Ints
    death: Ints
    clinical_progression: Ints
    new_therapy: Ints
    has_baseline: Bools
    alive: Ints
    alive_source: np.ndarray
    alive_row: Ints


def read_follow_up(records: Sequence, rules: EndpointRules, cut: Any) -> FollowUp:
    """The other dates of the patients of `records`; what is dated after the cut is not known."""
    people, last_day = records.subjects, cut_day(cut)
    deaths = people.get("death_date", pd.Series(pd.NaT, index=people.index))
    last_alive = people["last_alive_date"]
    death = to_days(complete_death_dates(deaths, last_alive, rules.partial_death_date))
    alive, source, row = _last_alive(records, rules, death, last_day)
    return FollowUp(
        start=to_days(people["start_date"]),
        death=_known(death, last_day),
        clinical_progression=_known(
            to_days(optional_dates(people, "clinical_progression_date")), last_day
        ),
        new_therapy=_known(to_days(people["new_therapy_date"]), last_day),
        has_baseline=_has_baseline(people),
        alive=alive,
        alive_source=source,
        alive_row=row,
    )


def _known(day: Ints, last_day: int) -> Ints:
    return np.where(day <= last_day, day, NEVER)


def _has_baseline(people: pd.DataFrame) -> Bools:
    if "baseline_adequate" not in people:
        return np.full(len(people), True)
    return people["baseline_adequate"].eq(True).to_numpy(dtype=bool)


def _last_alive(
    records: Sequence, rules: EndpointRules, death: Ints, last_day: int
) -> tuple[Ints, np.ndarray, Ints]:
    """Latest day that shows life by the cut; a later contact or death shows it for the cut."""
    last_alive = to_days(records.subjects["last_alive_date"])
    last = records.last(np.full(len(records.day), rules.alive_at_assessment))
    known_alive = _known(last_alive, last_day)
    outlived_cut = (known_alive != last_alive) | (_known(death, last_day) != death)
    shown = np.stack(
        [
            np.where(known_alive < NEVER, known_alive, -NEVER),
            np.where(last < 0, -NEVER, records.day_of(last)),
            np.where(outlived_cut, last_day, -NEVER),
            to_days(records.subjects["start_date"]),
        ]
    )
    best = shown.argmax(axis=0)
    source = np.array(["alive", "response", "cut", "start"], dtype=object)[best]
    return shown.max(axis=0), source, np.where(best == 1, records.row_of(last), -1)
