"""`derive responses` and `derive endpoints`: overall responses → best responses and times.

Every result comes twice, as ANALYSIS says: ALL counts every assessment, PRENACT those before a new
anticancer therapy.
"""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.files.table import BadRow, Column, bad_rows, read_tables, write_table
from outcomes.calc.best_response import best_responses
from outcomes.calc.dates import complete_dates
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.rules import EndpointRules
from outcomes.calc.sequence import RESPONSES
from outcomes.files.settings import add_rule_options, rules_from

ANALYSES = {"ALL": "ignore", "PRENACT": "censor"}

SUBJECTS = (
    Column("USUBJID"),
    Column("RANDDT", is_date=True),
    Column("NACTDT", is_required=False, is_date=True, may_be_absent=True),
    Column("DTHDT", is_required=False, is_date=True, may_be_absent=True),
    Column("LSTALVDT", is_required=False, is_date=True, may_be_absent=True),
)
RESPONSE_ROWS = (
    Column("USUBJID"),
    Column("ADT", is_date=True),
    Column("AVALC", choices=(*RESPONSES, "IR/SD")),
)
_NAMES = {
    "USUBJID": "subject",
    "RANDDT": "start_date",
    "NACTDT": "new_therapy_date",
    "DTHDT": "death_date",
    "LSTALVDT": "last_alive_date",
    "ADT": "date",
    "AVALC": "overall",
}

BEST_PARAMETERS = ("RSP", "BOR", "CB", "CRSP", "CBOR", "CCB", "PD", "LSTA")
TIME_PARAMETERS = {"CDOR": "CRSD", "OS": "OS", "PFS": "PFS", "DOR": "RSD"}
"""In the order in which they are written."""


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--subjects", type=Path, required=True)
    parser.add_argument("--responses", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--cut", type=_day, metavar="DATE", help="data cut: what is later is not known"
    )
    # The analysis says which of its values is meant.
    add_rule_options(parser, without=("new_therapy",))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ArgumentTypeError("give a whole date such as 2026-11-30") from None


def derive_responses(options: dict[str, Any]) -> None:
    _derive(options, _best)


def derive_endpoints(options: dict[str, Any]) -> None:
    _derive(options, _times)


def _derive(options: dict[str, Any], function: Callable[..., pd.DataFrame]) -> None:
    subjects, responses = _read(options["subjects"], options["responses"])
    results = []
    for analysis, new_therapy in ANALYSES.items():
        rules = rules_from(options, new_therapy=new_therapy)
        result = function(subjects, responses, rules, options["cut"])
        result.insert(0, "ANALYSIS", analysis)
        results.append(result)
    write_table(pd.concat(results), options["out"])


def _read(subjects_file: Path, responses_file: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    def disagreements(subjects: pd.DataFrame, responses: pd.DataFrame) -> Iterator[BadRow]:
        twice = subjects["USUBJID"].duplicated()
        yield from bad_rows(subjects_file.name, subjects, twice, "the patient is listed twice")
        # Of a partial date only as much as is known: 2026-01 does not lie before 2026-01-15.
        start, death = subjects["RANDDT"].str.slice(0, 10), subjects["DTHDT"].str.slice(0, 10)
        early = (death != "") & (death < pd.Series(map(_cut_like, start, death), start.index))
        yield from bad_rows(subjects_file.name, subjects, early, "DTHDT is before RANDDT")
        unknown = ~responses["USUBJID"].isin(subjects["USUBJID"])
        reason = "the patient is not in the file of patients"
        yield from bad_rows(responses_file.name, responses, unknown, reason)

    subjects, responses = read_tables(
        (subjects_file, SUBJECTS), (responses_file, RESPONSE_ROWS), also=disagreements
    )
    return _renamed(subjects).sort_values("subject", kind="stable"), _renamed(responses)


def _cut_like(start: str, death: str) -> str:
    return start[: len(death)]


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    """In the engine's words. Dates are read once, unless a rule has yet to complete them."""
    renamed = table[[name for name in _NAMES if name in table]].rename(columns=_NAMES)
    for name in map(str, renamed):
        if name.endswith("date") and renamed[name].str.len().isin((0, 10)).all():
            renamed[name] = complete_dates(renamed[name], "first")
    return renamed


def _best(
    subjects: pd.DataFrame, responses: pd.DataFrame, rules: EndpointRules, cut: str | None
) -> pd.DataFrame:
    found = best_responses(subjects, responses, rules=rules, cut=cut)
    result = pd.DataFrame({"USUBJID": found["subject"]})
    for parameter in BEST_PARAMETERS:
        name = parameter.lower()
        result[parameter] = found[name]
        result[f"{parameter}_DT"] = found[f"{name}_date"]
    result["PD"] = result["PD"].replace("N", "")
    return result


def _times(
    subjects: pd.DataFrame, responses: pd.DataFrame, rules: EndpointRules, cut: str | None
) -> pd.DataFrame:
    found = time_to_event(subjects, responses, rules=rules, cut=cut, params=tuple(TIME_PARAMETERS))
    reason = np.where(found["description"] == "START", "RANDOMIZATION", found["description"])
    return pd.DataFrame(
        {
            "USUBJID": found["subject"],
            "PARAMCD": found["param"].map(TIME_PARAMETERS),
            "STARTDT": found["start_date"],
            "ADT": found["event_date"],
            "AVAL": found["days"],
            "CNSR": 1 - found["event"],
            "REASON": reason,
        }
    )
