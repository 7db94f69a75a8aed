"""RECIST's decision tables, read row by row: each gives the code of the first condition that holds.

Eisenhauer 2009, Eur J Cancer 45:228, sections 4.3 and 4.4, table 1; `outcomes.calc.recist` lists
the codes. NumPy alone, so that the night and the page of a scan decide by the same tables. `visits`
maps the names of `counting.count_lesions` to arrays, with nadir_um and had_cr.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from outcomes.calc.counting import UM_PER_MM, Columns
from outcomes.calc.rules import EndpointRules

Codes = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]

RESPONSES = {
    "": "",
    "CR-ALL-GONE": "CR",
    "CR-NODES": "CR",
    "CR-NON-TARGET": "CR",
    "PR-30": "PR",
    "PR-STICKY": "PR",
    "PR-NON-TARGET-LEFT": "PR",
    "PR-NON-TARGET-NE": "PR",
    "SD": "SD",
    "NON-CR/NON-PD": "NON-CR/NON-PD",
    "PD-20-5": "PD",
    "PD-20-5-PARTIAL": "PD",
    "PD-NADIR-0": "PD",
    "PD-AFTER-CR": "PD",
    "PD-NODE-AFTER-CR": "PD",
    "PD-NON-TARGET": "PD",
    "PD-NEW-LESION": "PD",
    "NE-MISSING": "NE",
    "NE-NON-TARGET": "NE",
    "NE-NO-DISEASE": "NE",
}


def response_of(codes: Codes) -> Codes:
    """The response that a code means; of codes joined by "+" the first one says it."""
    return np.array([RESPONSES[code.partition("+")[0]] for code in codes], dtype=object)


def target_rule(visits: Columns, rules: EndpointRules) -> Codes:
    """ONCOLOGY 1.3, with the settings of 1.7."""
    measured, nadir = _ints(visits["measured_um"]), _ints(visits["nadir_um"])
    targets, missing = _ints(visits["targets"]), _ints(visits["targets_missing"]) > 0
    had_cr, gone = np.asarray(visits["had_cr"], dtype=bool), _targets_gone(visits)
    min_increase_um = round((rules.pd_min_increase_mm or 0) * UM_PER_MM)
    grown = (
        (10 * measured >= 12 * nadir) & (measured - nadir >= min_increase_um) & (measured > nadir)
    )
    back = had_cr & (_ints(visits["targets_left"]) > 0) & (rules.after_complete_response == "pd")
    node_back = (
        had_cr
        & (_ints(visits["target_nodes_big"]) > 0)
        & (rules.node_after_complete_response == "pd")
    )
    from_zero = (nadir == 0) & (measured > 0) & (rules.nadir_zero == "pd")
    return _first_fit(
        (targets == 0, ""),
        (gone & (measured == 0), "CR-ALL-GONE"),
        (gone, "CR-NODES"),
        (grown & missing, "PD-20-5-PARTIAL"),
        (grown, "PD-20-5"),
        (back, "PD-AFTER-CR"),
        (node_back, "PD-NODE-AFTER-CR"),
        (from_zero, "PD-NADIR-0"),
        (missing, "NE-MISSING"),
        (10 * measured <= 7 * _ints(visits["baseline_um"]), "PR-30"),
        (targets > 0, "SD"),
    )


def nontarget_rule(visits: Columns, rules: EndpointRules) -> Codes:
    """ONCOLOGY 1.4; after an overall CR a non-target that is back is judged as a target is."""
    nontargets = _ints(visits["nontargets"])
    had_cr, gone = np.asarray(visits["had_cr"], dtype=bool), _nontargets_gone(visits)
    back = had_cr & (_ints(visits["nontargets_left"]) > 0) & (rules.after_complete_response == "pd")
    node_back = (
        had_cr
        & (_ints(visits["nontarget_nodes_big"]) > 0)
        & (rules.node_after_complete_response == "pd")
    )
    return _first_fit(
        (nontargets == 0, ""),
        (_ints(visits["nontargets_progressed"]) > 0, "PD-NON-TARGET"),
        (back, "PD-AFTER-CR"),
        (node_back, "PD-NODE-AFTER-CR"),
        (gone, "CR-NON-TARGET"),
        (_ints(visits["nontargets_unread"]) > 0, "NE-NON-TARGET"),
        (nontargets > 0, "NON-CR/NON-PD"),
    )


def original_rule(visits: Columns, target: Codes, nontarget: Codes) -> Codes:
    """ONCOLOGY 1.6 without new lesions; progression names every rule that fired."""
    targets_gone = _begins(target, "CR")
    without_pd = _first_fit(
        (targets_gone & (nontarget == "NE-NON-TARGET"), "PR-NON-TARGET-NE"),
        (targets_gone & (nontarget == "NON-CR/NON-PD"), "PR-NON-TARGET-LEFT"),
        (_ints(visits["targets"]) + _ints(visits["nontargets"]) == 0, "NE-NO-DISEASE"),
        (target == "", nontarget),
        (target != "", target),
    )
    fired = np.where(_begins(target, "PD"), target, "")
    other = np.where(_begins(nontarget, "PD") & (nontarget != target), nontarget, "")
    fired = joined(fired, other)
    return np.where(fired == "", without_pd, fired)


def overall_rule(visits: Columns, original: Codes) -> Codes:
    """ONCOLOGY 1.6: a new lesion is progression, whatever the others do."""
    fired = np.where(_begins(original, "PD"), original, "")
    fired = joined(fired, _first_fit((_ints(visits["new_lesions"]) > 0, "PD-NEW-LESION")))
    return np.where(fired == "", original, fired)


def is_complete_response(visits: Columns) -> Bools:
    """All gone, whatever the settings say of what follows."""
    targets, nontargets = _ints(visits["targets"]), _ints(visits["nontargets"])
    return (
        (targets + nontargets > 0)
        & (_targets_gone(visits) | (targets == 0))
        & (_nontargets_gone(visits) | (nontargets == 0))
        & (_ints(visits["new_lesions"]) == 0)
    )


def review_codes(visits: Columns, overall: Codes) -> Codes:
    """Why a person should look at the visit; empty for nothing."""
    left = (
        _ints(visits["targets_left"])
        + _ints(visits["target_nodes_big"])
        + _ints(visits["nontargets_left"])
        + _ints(visits["nontarget_nodes_big"])
    )
    no_pd, had_cr = overall != "PD", np.asarray(visits["had_cr"], dtype=bool)
    is_zero = _ints(visits["nadir_um"]) == 0
    reasons = {
        "EQUIVOCAL-NEW-LESION": _ints(visits["equivocal_lesions"]) > 0,
        "CR-QUESTIONED": had_cr & (left > 0) & no_pd,
        "NADIR-0": is_zero & (_ints(visits["targets_left"]) > 0) & no_pd,
    }
    text = np.full(len(left), "", dtype=object)
    for code, holds in reasons.items():
        text = joined(text, _first_fit((holds, code)))
    return text


def joined(codes: Codes, more: Codes) -> Codes:
    """Two arrays of codes as one, with "+" where both say something."""
    return codes + np.where((codes != "") & (more != ""), "+", "").astype(object) + more


def _targets_gone(visits: Columns) -> Bools:
    left = (
        _ints(visits["targets_missing"])
        + _ints(visits["targets_left"])
        + _ints(visits["target_nodes_big"])
    )
    return (_ints(visits["targets"]) > 0) & (left == 0)


def _nontargets_gone(visits: Columns) -> Bools:
    left = (
        _ints(visits["nontargets_unread"])
        + _ints(visits["nontargets_left"])
        + _ints(visits["nontarget_nodes_big"])
    )
    progressed = _ints(visits["nontargets_progressed"])
    return (_ints(visits["nontargets"]) > 0) & (left == 0) & (progressed == 0)


def _first_fit(*rows: tuple[Bools, "str | Codes"]) -> Codes:
    """The code of the first condition that holds, as a decision table is read; empty for none."""
    conditions = [condition for condition, _code in rows]
    codes = [
        code if isinstance(code, np.ndarray) else np.full(len(conditions[0]), code, dtype=object)
        for _condition, code in rows
    ]
    return np.select(conditions, codes, default="").astype(object)


def _begins(codes: Codes, start: str) -> Bools:
    return np.array([code.startswith(start) for code in codes], dtype=bool)


def _ints(values: Any) -> npt.NDArray[np.int64]:
    return np.asarray(values, dtype=np.int64)
