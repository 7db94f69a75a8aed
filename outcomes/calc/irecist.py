"""iRECIST: the response at each time point when pseudoprogression is possible.

Seymour 2017, Lancet Oncol 18:e143, tables 2 and 3 and the text on confirming progression. It runs
on the visits that `recist.judge_visits` has judged: until a RECIST 1.1 progression both criteria
agree; that progression is unconfirmed (iUPD) and opens a run, which a later visit confirms (iCPD),
leaves open (iUPD again) or closes (iCR, iPR, iSD).

Where the paper leaves room, this module reads it so:

* A rise over the iUPD is measured from the first iUPD of the run: +4 mm and then +2 mm confirm.
* A visit earlier than `icpd_min_days` after the first iUPD confirms nothing.
* A run that new lesions alone opened closes only when something improved since: a better response
  of the original lesions, a smaller sum, or new lesions smaller or gone.
* Original lesions all gone with a new lesion left are iPR (NON-iCR/NON-iUPD without targets).
* Stable new lesions that a closed run left behind do not progress; another new lesion or growth of
  the known ones does. After iCPD every visit is iCPD.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from outcomes.calc.lesions import UM_PER_MM
from outcomes.calc.recist import judge_visits
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules

RISE_UM = 5 * UM_PER_MM
"""Smallest further rise of a sum that confirms (Seymour 2017, table 2)."""

_RANK = {"NON-CR/NON-PD": 0, "SD": 0, "PR": 1, "CR": 2}
_NAMES = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD", "NE": "NE"}
# The original lesions are gone and a new one is left.
_LEFT = {"CR-NON-TARGET": "NON-iCR/NON-iUPD"}


def irecist_responses(
    lesions: pd.DataFrame, assessments: pd.DataFrame, *, rules: EndpointRules = DEFAULT_RULES
) -> pd.DataFrame:
    """One row per patient and visit in the order of time; tables as `timepoint_responses` takes.

    Returns:
        subject, visit, irecist (iCR, iPR, iSD, NON-iCR/NON-iUPD, iUPD, iCPD, NE).

    Raises:
        BadRows: rows that cannot be used.
    """
    visits = judge_visits(lesions, assessments, rules=rules, criteria="RECIST 1.1")
    answers: list[str] = []
    for _subject, rows in visits.groupby("subject", sort=False):
        answers.extend(_follow(rows, rules))
    return visits[["subject", "visit"]].assign(irecist=pd.Series(answers, dtype=object))


@dataclass
class _Run:
    """An open iUPD: what it began with, and the value of each category when it joined."""

    day: Any
    rank: int
    sum_um: int
    opened: dict[str, int] = field(default_factory=dict)


@dataclass
class _New:
    """New lesions that are no progression any more: a run closed with them still there."""

    count: int = 0
    sum_um: int = 0


def _follow(rows: pd.DataFrame, rules: EndpointRules) -> Iterator[str]:
    """The answers of one patient's visits."""
    run: _Run | None = None
    known = _New()
    is_confirmed = False
    visit: Any
    for visit in rows.itertuples():
        if is_confirmed:
            yield "iCPD"
            continue
        progressed = _categories(visit, known, run)
        if run is not None and _is_confirmed(visit, run, progressed, rules):
            is_confirmed = True
            yield "iCPD"
            continue
        if run is not None and not _stays_open(visit, run):
            run, known = None, _New(visit.new_lesions, visit.new_target_um)
            progressed = {}
        if run is None and not progressed:
            yield _closed_answer(visit)
            continue
        if run is None:
            run = _Run(visit.first_date, _rank(visit), visit.measured_um)
        for name, value in progressed.items():
            run.opened.setdefault(name, value)
        is_unread = visit.original == "NE" and not progressed
        yield "NE" if is_unread else "iUPD"


def _categories(visit: Any, known: _New, run: _Run | None) -> dict[str, int]:
    """The categories that are in progression at this visit, each with the sum to compare later."""
    found = {}
    if visit.target_rule.startswith("PD"):
        found["target"] = visit.measured_um
    if visit.nontarget_rule.startswith("PD"):
        found["nontarget"] = 0
    has_open_new = run is not None and "new" in run.opened
    is_known = visit.new_lesions <= known.count and not visit.new_shown
    grown = visit.new_target_um - known.sum_um >= RISE_UM or visit.new_nontargets_grown
    if visit.new_lesions and (has_open_new or not is_known or grown):
        found["new"] = visit.new_target_um
    return found


def _is_confirmed(visit: Any, run: _Run, progressed: dict[str, int], rules: EndpointRules) -> bool:
    if (visit.first_date - run.day).days < rules.icpd_min_days:
        return False
    opened = run.opened
    return (
        ("target" in opened and visit.measured_um - opened["target"] >= RISE_UM)
        or ("nontarget" in opened and visit.nontargets_grown > 0)
        or (
            "new" in opened
            and (
                visit.new_target_um - opened["new"] >= RISE_UM
                or visit.new_nontargets_grown > 0
                or visit.new_shown > 0
            )
        )
        or any(name not in opened for name in progressed)
    )


def _stays_open(visit: Any, run: _Run) -> bool:
    """No confirmation: does the run go on, or do the original lesions close it?"""
    if visit.original in ("PD", "NE"):
        return True
    if set(run.opened) != {"new"}:
        return False
    return not (
        _rank(visit) > run.rank
        or visit.measured_um < run.sum_um
        or visit.new_lesions == 0
        or visit.new_target_um < run.opened["new"]
    )


def _closed_answer(visit: Any) -> str:
    if visit.original == "CR" and visit.new_lesions:
        return _LEFT.get(visit.original_rule, "iPR")
    return _NAMES[visit.original]


def _rank(visit: Any) -> int:
    return _RANK.get(visit.original, 0)
