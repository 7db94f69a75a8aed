"""The response at each time point, from lesion rows, for all patients at once.

RECIST 1.1: Eisenhauer 2009, Eur J Cancer 45:228, sections 4.3 and 4.4, table 1; Schwartz 2016,
Eur J Cancer 62:132. mRECIST: Lencioni and Llovet 2010, Semin Liver Dis 30:52. mRECIST runs on the
same rules with viable diameters; where a trial follows the paper to the letter, it sets
`pd_min_increase_mm` to none.

Codes in the column `rule`; a progression names every rule that fired, joined by "+":

CR-ALL-GONE           every target is 0 mm
CR-NODES              targets gone, target nodes below 10 mm but not 0
CR-NON-TARGET         no targets at baseline, all non-targets gone
PR-30                 sum at most 70 % of baseline
PR-STICKY             above 70 % again, no progression (setting)
PR-NON-TARGET-LEFT    targets gone, a non-target is left
PR-NON-TARGET-NE      targets gone, a non-target was not read
SD                    neither PR nor PD
NON-CR/NON-PD         no targets at baseline, a non-target is left
PD-20-5               sum at least 120 % of nadir and the smallest increase above it
PD-20-5-PARTIAL       the same, proven by the lesions that were read
PD-NADIR-0            nadir 0 mm, and a target is back (setting)
PD-AFTER-CR           a lesion is back after an overall CR (setting)
PD-NODE-AFTER-CR      a node is 10 mm or more again after an overall CR (setting)
PD-NON-TARGET         unequivocal progression of non-targets
PD-NEW-LESION         an unequivocal new lesion
NE-MISSING            a target was not read
NE-NON-TARGET         no targets at baseline, a non-target was not read
NE-NO-DISEASE         no lesion at baseline and no new one

Codes in the column `review`, for a query: EQUIVOCAL-NEW-LESION, CR-QUESTIONED (a lesion is back
after CR, and the settings do not call it PD), NADIR-0 (likewise, below the smallest increase).
"""

import numpy as np
import pandas as pd

from outcomes.calc.lesions import (
    UM_PER_MM,
    BadRows,
    Criteria,
    find_problems,
    read_assessments,
    read_lesions,
)
from outcomes.calc.rules import DEFAULT_RULES, EndpointRules
from outcomes.calc.tally import tally_visits


def timepoint_responses(
    lesions: pd.DataFrame,
    assessments: pd.DataFrame,
    *,
    rules: EndpointRules = DEFAULT_RULES,
    criteria: Criteria = "RECIST 1.1",
) -> pd.DataFrame:
    """One row per patient and visit, in the order of time.

    `lesions`: subject, lesion, kind (TARGET, NON-TARGET, NEW TARGET, NEW NON-TARGET), lymph_node
    (Y/N), baseline_mm, first_seen_visit, unequivocal (Y/N); for mRECIST also baseline_viable_mm.
    `assessments`: subject, visit, date, lesion, mm, state; for mRECIST also viable_mm. Baseline is
    no visit. A visit without a row for a lesion has it missing; a row without lesion only says
    that the visit took place. A raised tumor marker is a NON-TARGET, ABSENT once normal.

    Returns:
        subject, visit, date, target, nontarget, overall, rule, review, new_lesion, adequate (every
        lesion was read), sum_mm (missing unless every target was read), measured_mm (what was
        read), targets_missing, baseline_mm, nadir_mm (before this visit), change_pct (from
        baseline), nadir_change_pct. `target` and `nontarget` are empty where the patient has none
        at baseline.

    Raises:
        BadRows: rows that cannot be used; `find_problems` lists them.
    """
    problems = find_problems(lesions, assessments)
    if problems:
        raise BadRows(problems)
    lesions = read_lesions(lesions, criteria)
    visits = tally_visits(lesions, read_assessments(assessments, lesions, rules))
    visits["nadir_um"] = _nadir_um(visits)
    visits["had_cr"] = _before(_is_complete_response(visits), visits["subject"])
    visits["target_rule"] = _target_rule(visits, rules)
    visits["nontarget_rule"] = _nontarget_rule(visits, rules)
    if rules.sticky_partial_response:
        visits["target_rule"] = _stick(visits)
    visits["target"] = visits["target_rule"].map(_RESPONSES)
    visits["nontarget"] = visits["nontarget_rule"].map(_RESPONSES)
    visits["rule"] = _overall_rule(visits)
    visits["overall"] = visits["rule"].str.split("+").str[0].map(_RESPONSES)
    visits["review"] = _review(visits)
    visits["date"] = _date(visits, rules)
    return _result(visits, criteria)


_RESPONSES = {
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


def _first_fit(visits: pd.DataFrame, *rows: tuple[pd.Series, str]) -> pd.Series:
    """The code of the first condition that holds, as a decision table is read."""
    chosen = np.select([fits for fits, _ in rows], [code for _, code in rows], default="")
    return pd.Series(chosen, index=visits.index, dtype=object)


def _before(flag: pd.Series, *keys: pd.Series) -> pd.Series:
    """True from the row after the first true one, within each group."""
    seen = flag.astype("int64").groupby(list(keys)).cumsum() - flag
    return seen > 0


def _nadir_um(visits: pd.DataFrame) -> pd.Series:
    """Smallest complete sum before each visit, baseline included."""
    complete = (visits["targets"] > 0) & (visits["targets_missing"] == 0)
    sums = visits["measured_um"].where(complete, visits["baseline_um"])
    lowest = sums.groupby(visits["subject"]).cummin()
    earlier = lowest.groupby(visits["subject"]).shift(1)
    return earlier.fillna(visits["baseline_um"]).clip(upper=visits["baseline_um"]).astype("int64")


def _targets_gone(visits: pd.DataFrame) -> pd.Series:
    left = visits["targets_missing"] + visits["targets_left"] + visits["target_nodes_big"]
    return (visits["targets"] > 0) & (left == 0)


def _nontargets_gone(visits: pd.DataFrame) -> pd.Series:
    left = visits["nontargets_unread"] + visits["nontargets_left"] + visits["nontarget_nodes_big"]
    return (visits["nontargets"] > 0) & (left == 0) & (visits["nontargets_progressed"] == 0)


def _is_complete_response(visits: pd.DataFrame) -> pd.Series:
    targets = _targets_gone(visits) | (visits["targets"] == 0)
    nontargets = _nontargets_gone(visits) | (visits["nontargets"] == 0)
    had_disease = visits["targets"] + visits["nontargets"] > 0
    return had_disease & targets & nontargets & (visits["new_lesions"] == 0)


def _target_rule(visits: pd.DataFrame, rules: EndpointRules) -> pd.Series:
    """ONCOLOGY 1.3, with the settings of 1.7."""
    measured, nadir = visits["measured_um"], visits["nadir_um"]
    missing = visits["targets_missing"] > 0
    had_cr, gone = visits["had_cr"], _targets_gone(visits)
    min_increase_um = round((rules.pd_min_increase_mm or 0) * UM_PER_MM)
    grown = (
        (10 * measured >= 12 * nadir) & (measured - nadir >= min_increase_um) & (measured > nadir)
    )
    back = had_cr & (visits["targets_left"] > 0) & (rules.after_complete_response == "pd")
    node_back = (
        had_cr & (visits["target_nodes_big"] > 0) & (rules.node_after_complete_response == "pd")
    )
    from_zero = (nadir == 0) & (measured > 0) & (rules.nadir_zero == "pd")
    return _first_fit(
        visits,
        (visits["targets"] == 0, ""),
        (gone & (measured == 0), "CR-ALL-GONE"),
        (gone, "CR-NODES"),
        (grown & missing, "PD-20-5-PARTIAL"),
        (grown, "PD-20-5"),
        (back, "PD-AFTER-CR"),
        (node_back, "PD-NODE-AFTER-CR"),
        (from_zero, "PD-NADIR-0"),
        (missing, "NE-MISSING"),
        (10 * measured <= 7 * visits["baseline_um"], "PR-30"),
        (visits["targets"] > 0, "SD"),
    )


def _nontarget_rule(visits: pd.DataFrame, rules: EndpointRules) -> pd.Series:
    """ONCOLOGY 1.4; after an overall CR a non-target that is back is judged as a target is."""
    had_cr, gone = visits["had_cr"], _nontargets_gone(visits)
    back = had_cr & (visits["nontargets_left"] > 0) & (rules.after_complete_response == "pd")
    node_back = (
        had_cr & (visits["nontarget_nodes_big"] > 0) & (rules.node_after_complete_response == "pd")
    )
    return _first_fit(
        visits,
        (visits["nontargets"] == 0, ""),
        (visits["nontargets_progressed"] > 0, "PD-NON-TARGET"),
        (back, "PD-AFTER-CR"),
        (node_back, "PD-NODE-AFTER-CR"),
        (gone, "CR-NON-TARGET"),
        (visits["nontargets_unread"] > 0, "NE-NON-TARGET"),
        (visits["nontargets"] > 0, "NON-CR/NON-PD"),
    )


def _is_progression(visits: pd.DataFrame) -> pd.Series:
    by_targets = visits["target_rule"].str.startswith("PD")
    by_nontargets = visits["nontarget_rule"].str.startswith("PD")
    return by_targets | by_nontargets | (visits["new_lesions"] > 0)


def _stick(visits: pd.DataFrame) -> pd.Series:
    """Target rules in which SD after a response, with no PD between, stays PR (EORTC's FAQ)."""
    progressions = _is_progression(visits).astype("int64").groupby(visits["subject"]).cumsum()
    responded = visits["target_rule"].str.match("CR|PR")
    sticks = (visits["target_rule"] == "SD") & _before(responded, visits["subject"], progressions)
    return visits["target_rule"].mask(sticks, "PR-STICKY")


def _overall_rule(visits: pd.DataFrame) -> pd.Series:
    """ONCOLOGY 1.6. The code's first word is the overall response."""
    target, nontarget = visits["target_rule"], visits["nontarget_rule"]
    targets_gone = target.str.startswith("CR")
    without_pd = _first_fit(
        visits,
        (targets_gone & (nontarget == "NE-NON-TARGET"), "PR-NON-TARGET-NE"),
        (targets_gone & (nontarget == "NON-CR/NON-PD"), "PR-NON-TARGET-LEFT"),
        (visits["targets"] + visits["nontargets"] == 0, "NE-NO-DISEASE"),
    )
    without_pd = without_pd.mask(without_pd == "", target.mask(target == "", nontarget))
    fired = target.where(target.str.startswith("PD"), "")
    other = nontarget.where(nontarget.str.startswith("PD") & (nontarget != target), "")
    fired = _joined(fired, other)
    fired = _joined(fired, _first_fit(visits, (visits["new_lesions"] > 0, "PD-NEW-LESION")))
    return fired.mask(fired == "", without_pd)


def _joined(codes: pd.Series, more: pd.Series) -> pd.Series:
    """Two columns of codes as one, with "+" where both say something."""
    both = (codes != "") & (more != "")
    return codes + both.map({True: "+", False: ""}) + more


def _review(visits: pd.DataFrame) -> pd.Series:
    left = visits["targets_left"] + visits["target_nodes_big"]
    left = left + visits["nontargets_left"] + visits["nontarget_nodes_big"]
    no_pd = visits["overall"] != "PD"
    reasons = {
        "EQUIVOCAL-NEW-LESION": visits["equivocal_lesions"] > 0,
        "CR-QUESTIONED": visits["had_cr"] & (left > 0) & no_pd,
        "NADIR-0": (visits["nadir_um"] == 0) & (visits["targets_left"] > 0) & no_pd,
    }
    text = pd.Series("", index=visits.index, dtype=object)
    for code, holds in reasons.items():
        text = _joined(text, _first_fit(visits, (holds, code)))
    return text


def _date(visits: pd.DataFrame, rules: EndpointRules) -> pd.Series:
    """Progression is dated by the first scan that shows it; a sum is shown by its last scan."""
    if rules.time_point_date == "first_day":
        return visits["first_date"]
    by_targets = visits["target"] == "PD"
    by_nontargets = visits["nontarget"] == "PD"
    nontarget_date = visits["progressed_date"].fillna(visits["left_date"])
    shown = pd.concat(
        [
            visits["target_date"].where(by_targets),
            nontarget_date.where(by_nontargets),
            visits["new_date"],
        ],
        axis=1,
    ).min(axis=1)
    return shown.fillna(visits["last_date"])


def _result(visits: pd.DataFrame, criteria: Criteria) -> pd.DataFrame:
    has_targets = visits["targets"] > 0
    complete = has_targets & (visits["targets_missing"] == 0)
    measured = visits["measured_um"].where(has_targets) / UM_PER_MM
    baseline = visits["baseline_um"].where(has_targets) / UM_PER_MM
    nadir = visits["nadir_um"].where(has_targets) / UM_PER_MM
    sums = measured.where(complete)
    result = visits[
        ["subject", "visit", "date", "target", "nontarget", "overall", "rule", "review"]
    ].assign(
        new_lesion=visits["new_lesions"] > 0,
        adequate=visits["targets_missing"] + visits["nontargets_unread"] == 0,
        sum_mm=sums,
        measured_mm=measured,
        targets_missing=visits["targets_missing"],
        baseline_mm=baseline,
        nadir_mm=nadir,
        change_pct=100 * (sums - baseline) / baseline.where(baseline > 0),
        nadir_change_pct=100 * (sums - nadir) / nadir.where(nadir > 0),
    )
    if criteria == "mRECIST":
        words = {"NON-CR/NON-PD": "IR/SD"}
        result[["nontarget", "overall"]] = result[["nontarget", "overall"]].replace(words)
    return result
