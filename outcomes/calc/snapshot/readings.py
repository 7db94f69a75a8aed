"""The investigator's and the central reading of the same patients, side by side.

Each reader's best response and progression come from that reader's scans alone.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pandas as pd

from enrollment.calc.definition import Reader
from outcomes.calc.adjudication import Outcomes
from outcomes.calc.snapshot.derivation import Derived
from outcomes.calc.snapshot.readings_summary import (
    ComparedPatient,
    Discordance,
    Reading,
    Readings,
)
from outcomes.calc.snapshot.summary import Criteria

COLUMNS = ["subject", "criteria", "reader", "best", "best_date", "pd_date"]


def readings_by_patient(
    derived: Sequence[tuple[Reader, Derived]], *, confirmed: bool
) -> pd.DataFrame:
    """One row per patient with a scan after baseline, criteria and reader.

    Columns: subject, criteria, reader, best, best_date, pd_date.
    """
    name = "cbor" if confirmed else "bor"
    parts = [pd.DataFrame(columns=COLUMNS)]
    for reader, part in derived:
        found = part.best[part.best["subject"].isin(part.responses["subject"])]
        found = found.rename(columns={name: "best", f"{name}_date": "best_date"})
        parts.append(found.assign(criteria=part.criteria, reader=reader)[COLUMNS])
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def compare_readings(
    rows: pd.DataFrame, numbers: pd.Series, criteria: Iterable[Criteria], *, confirmed: bool
) -> Readings:
    """`rows` of `readings_by_patient`; `numbers`: subject to the patient's number."""
    investigator, central = (
        rows[rows["reader"] == reader] for reader in ("investigator", "central")
    )
    both = investigator.merge(central, on=["subject", "criteria"], suffixes=("_i", "_c"))
    both = both.sort_values("subject", kind="stable")
    patients = [_compared(row, numbers) for row in both.to_dict("records")]
    return Readings(
        confirmed=confirmed,
        discordance=[_discordance(name, patients) for name in criteria],
        patients=patients,
        alone=_alone(investigator, central, numbers),
    )


def _alone(investigator: pd.DataFrame, central: pd.DataFrame, numbers: pd.Series) -> list[str]:
    read_by_one = set(investigator["subject"]) ^ set(central["subject"])
    return [str(numbers[subject]) for subject in sorted(read_by_one)]


def outcomes_by_subject(rows: pd.DataFrame, reader: Reader) -> dict[int, Outcomes]:
    """What each subject's reading comes to; `rows` of `readings_by_patient`."""
    found: dict[int, Outcomes] = {}
    of_reader = rows[rows["reader"] == reader]
    for subject, criteria, best, day in zip(
        *(of_reader[name] for name in ("subject", "criteria", "best", "pd_date")), strict=True
    ):
        found[subject] = {**found.get(subject, {}), criteria: (str(best), _iso(day))}
    return found


def _compared(row: dict[Any, Any], numbers: pd.Series) -> ComparedPatient:
    mine, theirs = _reading(row, "i"), _reading(row, "c")
    return ComparedPatient(
        patient=str(numbers[row["subject"]]),
        criteria=cast(Criteria, row["criteria"]),
        investigator=mine,
        central=theirs,
        best_differs=mine["best"] != theirs["best"],
        progression_differs=mine["progressed_on"] != theirs["progressed_on"],
    )


def _reading(row: dict[Any, Any], end: str) -> Reading:
    return Reading(
        best=str(row[f"best_{end}"]),
        best_on=_iso(row[f"best_date_{end}"]),
        progressed_on=_iso(row[f"pd_date_{end}"]),
    )


def _iso(day: Any) -> str:
    return "" if pd.isna(day) else pd.Timestamp(day).date().isoformat()


def _discordance(criteria: Criteria, patients: Sequence[ComparedPatient]) -> Discordance:
    mine = [row for row in patients if row["criteria"] == criteria]
    return Discordance(
        criteria=criteria,
        patients=len(mine),
        best=sum(row["best_differs"] for row in mine),
        progression=sum(row["progression_differs"] for row in mine),
    )
