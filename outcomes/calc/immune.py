"""iRECIST: the response at each time point when pseudoprogression is possible. Without pandas.

Seymour 2017, Lancet Oncol 18:e143, tables 2 and 3 and the text on confirming progression. It runs
on the visits of one patient that RECIST 1.1 has judged, in the night and on the page of a scan.
Until a RECIST 1.1 progression both criteria agree; that progression is unconfirmed (iUPD) and opens
a run, which a later visit confirms (iCPD), leaves open (iUPD again) or closes (iCR, iPR, iSD).

Where the paper leaves room, this module reads it so:

* A rise over the iUPD is measured from the first iUPD of the run: +4 mm and then +2 mm confirm.
* A sum of new lesions of which one was not measured is no sum: the first complete one is the
  measure of later rises, and never is an incomplete one smaller.
* A visit earlier than `icpd_min_days` after the first iUPD confirms nothing.
* A run that new lesions alone opened closes only when something improved since: a better response
  of the original lesions, a smaller sum, or new lesions smaller or gone.
* Original lesions all gone with a new lesion left are iPR (NON-iCR/NON-iUPD without targets).
* Stable new lesions that a closed run left behind do not progress; another new lesion or growth of
  the known ones does. After iCPD every visit is iCPD.

Codes in `rule`; where no run is open the code is that of RECIST 1.1:

IUPD-FIRST            progression by RECIST 1.1 that opens a run
IUPD-EARLY            a run is open, too early to confirm it
IUPD-OPEN             a run is open, nothing confirmed or closed it
ICPD-TARGET           the sum rose further by 5 mm
ICPD-NON-TARGET       a non-target grew further
ICPD-NEW              new lesions grew, or another one came
ICPD-OTHER            progression in a category that was not in progression before
ICPD-BEFORE           confirmed at an earlier visit
NE-OPEN               a run is open and the visit cannot be read
IPR-NEW-LEFT          the original lesions are gone, a new one is left
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from outcomes.calc.counting import UM_PER_MM
from outcomes.calc.rules import EndpointRules

RISE_UM = 5 * UM_PER_MM
"""Smallest further rise of a sum that confirms (Seymour 2017, table 2)."""

_RANK = {"NON-CR/NON-PD": 0, "SD": 0, "PR": 1, "CR": 2}
_NAMES = {"CR": "iCR", "PR": "iPR", "SD": "iSD", "NON-CR/NON-PD": "NON-iCR/NON-iUPD", "NE": "NE"}
# The original lesions are gone and a new one is left.
_LEFT = {"CR-NON-TARGET": "NON-iCR/NON-iUPD"}


@dataclass(frozen=True)
class Immune:
    """One visit's answer: iCR, iPR, iSD, NON-iCR/NON-iUPD, iUPD, iCPD or NE, and why."""

    answer: str
    rule: str


@dataclass
class _Run:
    """An open iUPD: what it began with, and the value of each category when it joined."""

    day: Any
    rank: int
    sum_um: int
    opened: dict[str, int | None] = field(default_factory=dict)


@dataclass
class _New:
    """New lesions that are no progression any more: a run closed with them still there."""

    count: int = 0
    sum_um: int | None = 0


def follow(visits: Iterable[Any], rules: EndpointRules) -> Iterator[Immune]:
    """The answer at each visit of one patient, in the order of time.

    A visit has first_date, measured_um, target_rule, nontarget_rule, original_rule and original
    (the response of the lesions that were there at baseline), and the counts of
    `counting.count_lesions` whose names begin with `new_` or `nontargets_`.
    """
    run: _Run | None = None
    known = _New()
    is_confirmed = False
    for visit in visits:
        if is_confirmed:
            yield Immune("iCPD", "ICPD-BEFORE")
            continue
        progressed = _categories(visit, known, run)
        confirmed_by = _confirmed_by(visit, run, progressed, rules) if run is not None else ""
        if confirmed_by:
            is_confirmed = True
            yield Immune("iCPD", confirmed_by)
            continue
        if run is not None and not _stays_open(visit, run):
            run, known = None, _New(visit.new_lesions, _new_sum_um(visit))
            progressed = {}
        if run is None and not progressed:
            if known.sum_um is None:
                # A run closed while a new target was unread: its next size is what counts.
                known.sum_um = _new_sum_um(visit)
            yield _closed_answer(visit)
            continue
        rule = _open_rule(visit, run, rules)
        if run is None:
            run = _Run(visit.first_date, _rank(visit), visit.measured_um)
        for name, value in progressed.items():
            if run.opened.get(name) is None:
                run.opened[name] = value
        is_unread = visit.original == "NE" and not progressed
        yield Immune("NE", "NE-OPEN") if is_unread else Immune("iUPD", rule)


def _open_rule(visit: Any, run: _Run | None, rules: EndpointRules) -> str:
    if run is None:
        return "IUPD-FIRST"
    is_early = (visit.first_date - run.day).days < rules.icpd_min_days
    return "IUPD-EARLY" if is_early else "IUPD-OPEN"


def _categories(visit: Any, known: _New, run: _Run | None) -> dict[str, int | None]:
    """The categories that are in progression at this visit, each with the sum to compare later."""
    found: dict[str, int | None] = {}
    if visit.target_rule.startswith("PD"):
        found["target"] = visit.measured_um
    if visit.nontarget_rule.startswith("PD"):
        found["nontarget"] = 0
    has_open_new = run is not None and "new" in run.opened
    is_known = visit.new_lesions <= known.count and not visit.new_shown
    grown = _rose(visit.new_target_um, known.sum_um) or visit.new_nontargets_grown
    if visit.new_lesions and (has_open_new or not is_known or grown):
        found["new"] = _new_sum_um(visit)
    return found


def _new_sum_um(visit: Any) -> int | None:
    """None where a new target was not measured."""
    return None if visit.new_targets_missing else visit.new_target_um


def _rose(sum_um: int, before_um: int | None) -> bool:
    """What was measured may prove it, whatever is missing now."""
    return before_um is not None and sum_um - before_um >= RISE_UM


def _confirmed_by(
    visit: Any, run: _Run, progressed: dict[str, int | None], rules: EndpointRules
) -> str:
    """The code of the first category that confirms; empty for none."""
    if (visit.first_date - run.day).days < rules.icpd_min_days:
        return ""
    opened = run.opened
    if "target" in opened and _rose(visit.measured_um, opened["target"]):
        return "ICPD-TARGET"
    if "nontarget" in opened and visit.nontargets_grown > 0:
        return "ICPD-NON-TARGET"
    if "new" in opened and _new_grew(visit, opened["new"]):
        return "ICPD-NEW"
    return "ICPD-OTHER" if any(name not in opened for name in progressed) else ""


def _new_grew(visit: Any, before_um: int | None) -> bool:
    return bool(
        _rose(visit.new_target_um, before_um)
        or visit.new_nontargets_grown > 0
        or visit.new_shown > 0
    )


def _stays_open(visit: Any, run: _Run) -> bool:
    """No confirmation: does the run go on, or do the original lesions close it?"""
    if visit.original in ("PD", "NE"):
        return True
    if set(run.opened) != {"new"}:
        return False
    before_um, now_um = run.opened["new"], _new_sum_um(visit)
    shrank = before_um is not None and now_um is not None and now_um < before_um
    better = _rank(visit) > run.rank or visit.measured_um < run.sum_um
    return not (better or visit.new_lesions == 0 or shrank)


def _closed_answer(visit: Any) -> Immune:
    if visit.original == "CR" and visit.new_lesions:
        return Immune(_LEFT.get(visit.original_rule, "iPR"), "IPR-NEW-LEFT")
    return Immune(_NAMES[visit.original], visit.original_rule)


def _rank(visit: Any) -> int:
    return _RANK.get(visit.original, 0)
