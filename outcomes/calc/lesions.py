"""Lesion tables as they come in: checked row by row, then in the engine's units.

Diameters become whole micrometers, so that 14.0 → 9.8 mm compares exactly (ONCOLOGY 1.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from core.calc.date_columns import is_date
from outcomes.calc.counting import LEAST_VIABLE_UM, UM_PER_MM
from outcomes.calc.dates import complete_dates
from outcomes.calc.rules import EndpointRules

Criteria = Literal["RECIST 1.1", "mRECIST"]

KINDS = ("TARGET", "NON-TARGET", "NEW TARGET", "NEW NON-TARGET")
STATES = (
    "",
    "PRESENT",
    "ABSENT",
    "INCREASED",
    "TOO SMALL",
    "NOT EVALUABLE",
    "UNEQUIVOCAL PROGRESSION",
)


@dataclass(frozen=True, order=True)
class Problem:
    """A row that cannot be used. `row` is its label in the table's index."""

    table: str
    row: int
    reason: str


class BadRows(ValueError):
    """Raised with every row that cannot be used."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.table} row {p.row}: {p.reason}" for p in problems[:5]))


def find_problems(lesions: pd.DataFrame, assessments: pd.DataFrame) -> list[Problem]:
    """Every row that `timepoint_responses` would refuse, in the order of the tables."""
    lesion_checks = _lesion_checks(lesions, assessments)
    scan_checks = _assessment_checks(lesions, assessments)
    return sorted(
        {Problem("lesions", row, why) for bad, why in lesion_checks for row in bad.index[bad]}
        | {Problem("assessments", row, why) for bad, why in scan_checks for row in bad.index[bad]}
    )


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].astype(object).where(frame[column].notna(), "").astype(str).str.strip()


def _number(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series(np.nan, index=frame.index)
    return pd.to_numeric(frame[column], errors="coerce").astype(float)


def _bad_number(frame: pd.DataFrame, column: str) -> pd.Series:
    value = _number(frame, column)
    return (_text(frame, column) != "") & ~(np.isfinite(value) & (value >= 0))


def _keys(frame: pd.DataFrame, *columns: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([_text(frame, column) for column in columns])


def _lesion_checks(
    lesions: pd.DataFrame, assessments: pd.DataFrame
) -> Iterator[tuple[pd.Series, str]]:
    kind, key = _text(lesions, "kind"), _keys(lesions, "subject", "lesion")
    first_seen = _keys(lesions, "subject", "first_seen_visit")
    flags = {name: _text(lesions, name).str.upper() for name in ("lymph_node", "unequivocal")}
    yield _text(lesions, "subject") == "", "the subject is missing"
    yield ~kind.isin(KINDS), "the kind must be one of " + ", ".join(KINDS)
    yield _mask(lesions, key.duplicated()), "the lesion is listed twice"
    yield _bad_number(lesions, "baseline_mm"), "the baseline must be a number of at least 0 mm"
    yield _bad_number(lesions, "baseline_viable_mm"), "the viable baseline must be at least 0 mm"
    no_baseline = (_text(lesions, "baseline_mm") == "") & (
        _text(lesions, "baseline_viable_mm") == ""
    )
    yield (kind == "TARGET") & no_baseline, "a target lesion needs its baseline diameter"
    for name, flag in flags.items():
        yield ~flag.isin(["Y", "N", ""]), f"{name} must be Y or N"
    unseen = ~first_seen.isin(_keys(assessments, "subject", "visit"))
    yield (
        kind.str.startswith("NEW") & _mask(lesions, unseen),
        "a new lesion needs the visit at which it was first seen, and that visit an assessment",
    )


def _assessment_checks(
    lesions: pd.DataFrame, assessments: pd.DataFrame
) -> Iterator[tuple[pd.Series, str]]:
    state, lesion = _text(assessments, "state").str.upper(), _text(assessments, "lesion")
    key = _keys(assessments, "subject", "lesion")
    known = key.isin(_keys(lesions, "subject", "lesion"))
    twice = _keys(assessments, "subject", "visit", "lesion").duplicated()
    yield (lesion != "") & ~_mask(assessments, known), "the lesion is not in the table of lesions"
    yield (lesion != "") & _mask(assessments, twice), "the lesion is read twice at this visit"
    yield _text(assessments, "subject") == "", "the subject is missing"
    yield _text(assessments, "visit") == "", "the visit is missing"
    yield ~is_date(assessments["date"]), "the date must be like 2026-11-30"
    yield ~state.isin(STATES), "the state must be one of " + ", ".join(filter(None, STATES))
    for column in ("mm", "viable_mm"):
        yield _bad_number(assessments, column), f"{column} must be a number of at least 0"
        yield (
            (state == "ABSENT") & (_number(assessments, column) > 0),
            "an absent lesion cannot have a diameter",
        )


def _mask(frame: pd.DataFrame, values: np.ndarray) -> pd.Series:
    return pd.Series(values, index=frame.index)


def read_lesions(lesions: pd.DataFrame, criteria: Criteria) -> pd.DataFrame:
    """Columns subject, lesion, kind, is_node, is_viable, baseline_um, first_seen_visit, confirmed.

    With mRECIST a lesion that has a viable baseline is followed by its viable diameter, every
    other by its whole one; a target with less than 10 mm of it is a non-target there.
    """
    viable = _number(lesions, "baseline_viable_mm")
    is_viable = viable.notna() & (criteria == "mRECIST")
    kind = _text(lesions, "kind")
    is_small = is_viable & (kind == "TARGET") & (_um(viable) < LEAST_VIABLE_UM)
    return pd.DataFrame(
        {
            "subject": lesions["subject"],
            "lesion": _text(lesions, "lesion"),
            "kind": kind.mask(is_small, "NON-TARGET"),
            "is_node": _text(lesions, "lymph_node").str.upper() == "Y",
            "is_viable": is_viable,
            "baseline_um": _um(_number(lesions, "baseline_mm").mask(is_viable, viable)),
            "first_seen_visit": _text(lesions, "first_seen_visit"),
            "confirmed": _text(lesions, "unequivocal").str.upper() == "Y",
        }
    )


def read_assessments(
    assessments: pd.DataFrame, lesions: pd.DataFrame, rules: EndpointRules
) -> pd.DataFrame:
    """Columns subject, visit, date, lesion, state, size_um; the size is missing if not readable."""
    scans = pd.DataFrame(
        {
            "subject": assessments["subject"],
            "visit": _text(assessments, "visit"),
            "date": complete_dates(assessments["date"], rules.partial_scan_date),
            "lesion": _text(assessments, "lesion"),
            "state": _text(assessments, "state").str.upper(),
            "mm": _number(assessments, "mm"),
            "viable_mm": _number(assessments, "viable_mm"),
        }
    ).merge(lesions[["subject", "lesion", "is_viable"]], how="left", on=["subject", "lesion"])
    size = scans["mm"].mask(scans.pop("is_viable").eq(True), scans["viable_mm"])
    size = size.mask(size.isna() & (scans["state"] == "ABSENT"), 0.0)
    size = size.mask(size.isna() & (scans["state"] == "TOO SMALL"), rules.too_small_mm)
    scans["size_um"] = _um(size.mask(scans["state"] == "NOT EVALUABLE"))
    return scans.drop(columns=["mm", "viable_mm"])


def _um(mm: pd.Series) -> pd.Series:
    return (mm * UM_PER_MM).round()
