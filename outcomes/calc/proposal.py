"""The response that the scans of one patient suggest, while the page is open.

The same counts and decision tables as the night's (`counting`, `decisions`), for one patient and
without pandas; a test holds both to the same answers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np

from outcomes.calc.counting import UM_PER_MM, Counts, count_lesions
from outcomes.calc.decisions import (
    is_complete_response,
    nontarget_rule,
    original_rule,
    overall_rule,
    response_of,
    review_codes,
    target_rule,
)
from outcomes.calc.immune import Immune, follow
from outcomes.calc.rules import EndpointRules


@dataclass(frozen=True)
class Reading:
    """One lesion on one visit. `size_um` is NaN where it has no number; see `count_lesions`."""

    kind: str
    is_node: bool
    state: str
    size_um: float
    baseline_um: float
    is_shown: bool = False
    is_known: bool = False
    is_confirmed: bool = False


@dataclass(frozen=True)
class Proposal:
    """What one visit shows; sums are None without targets, `sum_mm` also while one is missing."""

    target: str
    nontarget: str
    overall: str
    target_rule: str
    nontarget_rule: str
    rule: str
    review: str
    sum_mm: float | None
    measured_mm: float | None
    targets_missing: int
    baseline_mm: float | None
    nadir_mm: float | None
    change_pct: float | None
    nadir_change_pct: float | None


def propose(visits: Sequence[Sequence[Reading]], rules: EndpointRules) -> list[Proposal]:
    """One proposal for each visit of a patient, in the order of time; baseline is no visit."""
    known = _judged(visits, rules)
    overall = response_of(known["rule"])
    review = review_codes(known, overall)
    targets, nontargets = response_of(known["target_rule"]), response_of(known["nontarget_rule"])
    return [
        Proposal(
            target=targets[n],
            nontarget=nontargets[n],
            overall=overall[n],
            target_rule=known["target_rule"][n],
            nontarget_rule=known["nontarget_rule"][n],
            rule=known["rule"][n],
            review=review[n],
            **_sums(known, n),
        )
        for n in range(len(visits))
    ]


def propose_immune(
    visits: Sequence[Sequence[Reading]], days: Sequence[date], rules: EndpointRules
) -> list[Immune]:
    """iRECIST of the same visits, each with the day of its first scan."""
    known = _judged(visits, rules)
    known["original"] = response_of(known["original_rule"])
    return list(
        follow(
            (
                SimpleNamespace(first_date=day, **{name: known[name][n] for name in known})
                for n, day in enumerate(days)
            ),
            rules,
        )
    )


def _judged(visits: Sequence[Sequence[Reading]], rules: EndpointRules) -> dict[str, Any]:
    """The counts of each visit and the rules that fired, as `recist.judge_visits` names them."""
    rows = [asdict(row) | {"visit": n} for n, visit in enumerate(visits) for row in visit]
    names = [*asdict(Reading("", False, "", 0, 0)), "visit"]
    counts = count_lesions(
        {name: np.array([row[name] for row in rows]) for name in names}, len(visits)
    )
    known: dict[str, Any] = {**counts, "nadir_um": _nadir_um(counts), "had_cr": _had_cr(counts)}
    target, nontarget = target_rule(known, rules), nontarget_rule(known, rules)
    if rules.sticky_partial_response:
        target = _stick(target, nontarget, counts["new_lesions"])
    original = original_rule(known, target, nontarget)
    return known | {
        "target_rule": target,
        "nontarget_rule": nontarget,
        "original_rule": original,
        "rule": overall_rule(known, original),
    }


def _nadir_um(counts: Counts) -> np.ndarray:
    """Smallest complete sum before each visit, baseline included."""
    lowest, nadirs = None, []
    for n, baseline in enumerate(counts["baseline_um"]):
        lowest = baseline if lowest is None else min(lowest, baseline)
        nadirs.append(lowest)
        if counts["targets"][n] and not counts["targets_missing"][n]:
            lowest = min(lowest, counts["measured_um"][n])
    return np.array(nadirs, dtype=np.int64)


def _had_cr(counts: Counts) -> np.ndarray:
    is_complete = is_complete_response(counts)
    return np.array([is_complete[:n].any() for n in range(len(is_complete))], dtype=bool)


def _stick(target: np.ndarray, nontarget: np.ndarray, new_lesions: np.ndarray) -> np.ndarray:
    """SD after a response, with no PD between, stays PR (EORTC's FAQ)."""
    codes, has_responded = target.copy(), False
    for n, code in enumerate(target):
        if code.startswith("PD") or nontarget[n].startswith("PD") or new_lesions[n]:
            has_responded = False
        elif code == "SD" and has_responded:
            codes[n] = "PR-STICKY"
        has_responded = has_responded or code.startswith(("CR", "PR"))
    return codes


def _sums(known: dict[str, Any], n: int) -> dict[str, Any]:
    missing = int(known["targets_missing"][n])
    if not known["targets"][n]:
        return dict.fromkeys(
            ("sum_mm", "measured_mm", "baseline_mm", "nadir_mm", "change_pct", "nadir_change_pct")
        ) | {"targets_missing": missing}
    measured, baseline, nadir = (
        float(known[name][n]) / UM_PER_MM for name in ("measured_um", "baseline_um", "nadir_um")
    )
    total = None if missing else measured
    return {
        "sum_mm": total,
        "measured_mm": measured,
        "targets_missing": missing,
        "baseline_mm": baseline,
        "nadir_mm": nadir,
        "change_pct": _change(total, baseline),
        "nadir_change_pct": _change(total, nadir),
    }


def _change(total: float | None, before: float) -> float | None:
    return None if total is None or before <= 0 else 100 * (total - before) / before
