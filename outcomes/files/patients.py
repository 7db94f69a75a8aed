"""`derive responses` and `derive endpoints`: overall responses → best responses and times.

Every result comes twice, as ANALYSIS says: ALL counts every assessment, PRENACT those before a new
anticancer therapy.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from outcomes.calc.best_response import best_responses
from outcomes.calc.endpoints import time_to_event
from outcomes.calc.rules import EndpointRules
from outcomes.calc.sequence import RESPONSES
from outcomes.files.settings import add_rule_options, rules_from
from outcomes.files.table import BadFile, BadRow, Column, read_table, write_table

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
TIME_PARAMETERS = {"OS": "OS", "PFS": "PFS", "DOR": "RSD", "CDOR": "CRSD"}


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument("--subjects", type=Path, required=True)
    parser.add_argument("--responses", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cut", metavar="DATE", help="data cut: what is later is not known")
    # The analysis says which of its values is meant.
    add_rule_options(parser, without=("new_therapy",))


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
    subjects = read_table(subjects_file, SUBJECTS)
    responses = read_table(responses_file, RESPONSE_ROWS)
    twice = subjects.index[subjects["USUBJID"].duplicated()]
    unknown = responses.index[~responses["USUBJID"].isin(subjects["USUBJID"])]
    bad = [BadRow(subjects_file.name, int(line), "the patient is listed twice") for line in twice]
    bad += [
        BadRow(responses_file.name, int(line), "the patient is not in the file of patients")
        for line in unknown
    ]
    if bad:
        raise BadFile(bad)
    return _renamed(subjects), _renamed(responses)


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    return table[[name for name in _NAMES if name in table]].rename(columns=_NAMES)


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
    return result.sort_values("USUBJID", kind="stable")


def _times(
    subjects: pd.DataFrame, responses: pd.DataFrame, rules: EndpointRules, cut: str | None
) -> pd.DataFrame:
    found = time_to_event(subjects, responses, rules=rules, cut=cut)
    found = found[found["param"].isin(TIME_PARAMETERS)]
    reason = np.where(found["description"] == "START", "RANDOMIZATION", found["description"])
    result = pd.DataFrame(
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
    return result.sort_values(["USUBJID", "PARAMCD"], kind="stable")
