"""The overall responses that count for each patient, as arrays sorted by patient and day."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from outcomes.calc.dates import complete_dates
from outcomes.calc.rules import EndpointRules

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

RESPONSES = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
"""In the order in which the worst of a day is chosen, worst last."""
NE, CR, PR, SD, NON, PD = range(len(RESPONSES))

NEVER = np.iinfo(np.int64).max // 4
"""A day that does not come, for a date that is missing."""


@dataclass(frozen=True)
class Sequence:
    """Records of all patients, one a day; `patient` is the position in `subjects`.

    `day` counts from 1970, `response` is an index of `RESPONSES`, `row` the label of the record in
    the table that it came from, `is_adequate` whether a censored time may end with the record.
    """

    subjects: pd.DataFrame
    patient: Ints
    day: Ints
    response: Ints
    row: Ints
    is_adequate: Bools

    def take(self, chosen: Bools | Ints) -> Self:
        """Only the records of a mask, or those at positions, in that order."""
        return replace(
            self,
            patient=self.patient[chosen],
            day=self.day[chosen],
            response=self.response[chosen],
            row=self.row[chosen],
            is_adequate=self.is_adequate[chosen],
        )

    def first(self, mask: Bools) -> Ints:
        """For each patient the position of the first record of the mask, or -1."""
        found = np.full(len(self.subjects), -1, dtype=np.int64)
        positions = np.flatnonzero(mask)[::-1]
        found[self.patient[positions]] = positions
        return found

    def last(self, mask: Bools) -> Ints:
        """For each patient the position of the last record of the mask, or -1."""
        found = np.full(len(self.subjects), -1, dtype=np.int64)
        positions = np.flatnonzero(mask)
        found[self.patient[positions]] = positions
        return found

    def day_of(self, positions: Ints) -> Ints:
        """Days of the positions that `first` and `last` return; NEVER for -1."""
        return np.where(positions < 0, NEVER, np.append(self.day, NEVER)[positions])

    def row_of(self, positions: Ints) -> Ints:
        """Labels of the positions that `first` and `last` return; -1 for -1."""
        return np.append(self.row, -1)[positions]

    def up_to_progression(self) -> Self:
        """Without the records after each patient's first progression."""
        end = self.day_of(self.first(self.response == PD))
        return self.take(self.day <= end[self.patient])

    def before_new_therapy(self, rules: EndpointRules) -> Self:
        """Without the records from a new anticancer therapy on, unless the rules ignore it."""
        if rules.new_therapy == "ignore":
            return self
        therapy = to_days(self.subjects["new_therapy_date"])[self.patient]
        counts_on_day = rules.assessment_on_new_therapy_day_counts
        return self.take(self.day <= therapy if counts_on_day else self.day < therapy)

    def days_since_start(self) -> Ints:
        """Plain difference of dates, for each record."""
        return self.day - to_days(self.subjects["start_date"])[self.patient]


def to_days(dates: pd.Series) -> Ints:
    """Days since 1970; NEVER where the date is missing."""
    days = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), NEVER, days.astype(np.int64))


def to_dates(days: Ints) -> npt.NDArray[np.datetime64]:
    """The reverse of `to_days`."""
    known = days < NEVER
    dates = np.where(known, days, 0).astype("datetime64[D]")
    return np.where(known, dates, np.datetime64("NaT")).astype("datetime64[ns]")


def cut_day(cut: Any) -> int:
    """Last day of the data cut; NEVER without one."""
    return NEVER if cut is None else int(np.datetime64(pd.Timestamp(cut), "D").astype(np.int64))


def read_subjects(subjects: pd.DataFrame, cut: Any) -> pd.DataFrame:
    """Patients started by the cut, with start, new therapy and last alive as dates.

    Raises:
        ValueError: a patient is listed twice or has no start date.
    """
    result = subjects.assign(
        start_date=complete_dates(subjects["start_date"], "first"),
        new_therapy_date=optional_dates(subjects, "new_therapy_date"),
        last_alive_date=optional_dates(subjects, "last_alive_date"),
    )
    for bad, reason in (
        (result["subject"].duplicated(), "is listed twice"),
        (result["start_date"].isna(), "has no start date"),
    ):
        if bad.any():
            raise ValueError(f"Patient {result['subject'][bad].iloc[0]} {reason}.")
    return result[to_days(result["start_date"]) <= cut_day(cut)].reset_index(drop=True)


def optional_dates(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column of dates, all missing where the table has no such column."""
    if column not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    return complete_dates(frame[column], "first")


def read_sequence(
    subjects: pd.DataFrame,
    responses: pd.DataFrame,
    *,
    rules: EndpointRules,
    cut: Any,
    names: tuple[str, ...] = RESPONSES,
) -> Sequence:
    """Every assessment after the start and by the cut, the worst of each day.

    `names` are the words of the criteria, in the order of `RESPONSES`. Responses of patients who
    are not in `subjects` are left out: a population is chosen there.

    Raises:
        ValueError: an unknown response, a response without date, or bad subjects.
    """
    subjects = read_subjects(subjects, cut)
    overall = responses["overall"].replace("IR/SD", "NON-CR/NON-PD")
    code = pd.Index(names).get_indexer(pd.Index(overall)).astype(np.int64)
    if (code < 0).any():
        unknown = sorted({str(name) for name in overall[code < 0]})
        raise ValueError(f"Unknown response {', '.join(unknown)}; use {', '.join(names)}.")
    dates = complete_dates(responses["date"], rules.partial_scan_date)
    if dates.isna().any():
        raise ValueError(f"The response in row {dates.index[dates.isna()][0]} has no date.")
    patient = pd.Index(subjects["subject"]).get_indexer(pd.Index(responses["subject"]))
    known = Sequence(
        subjects=subjects,
        patient=patient.astype(np.int64),
        day=to_days(dates),
        response=code,
        row=responses.index.to_numpy(dtype=np.int64),
        is_adequate=_adequate(responses, code, rules),
    ).take(patient >= 0)
    return _one_a_day(known.take((known.days_since_start() > 0) & (known.day <= cut_day(cut))))


def _adequate(responses: pd.DataFrame, code: Ints, rules: EndpointRules) -> Bools:
    if rules.adequate_assessment == "any":
        return np.full(len(code), True)
    if rules.adequate_assessment == "evaluable":
        return code != NE
    if "adequate" not in responses:
        raise ValueError("The responses need a column adequate that says if all lesions were read.")
    return responses["adequate"].eq(True).to_numpy(dtype=bool)


def _one_a_day(records: Sequence) -> Sequence:
    """Sorted, with the worst record of each day; of two alike the one with the lower label."""
    order = np.lexsort((-records.row, records.response, records.day, records.patient))
    ordered = records.take(order)
    same = (np.diff(ordered.patient) == 0) & (np.diff(ordered.day) == 0)
    return ordered.take(np.append(~same, True)[: len(ordered.day)])
