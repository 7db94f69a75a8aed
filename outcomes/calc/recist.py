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

import pandas as pd

from outcomes.calc.decisions import (
    is_complete_response,
    nontarget_rule,
    original_rule,
    overall_rule,
    response_of,
    review_codes,
    target_rule,
)
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
    visits = judge_visits(lesions, assessments, rules=rules, criteria=criteria)
    visits["review"] = review_codes(visits, visits["overall"].to_numpy())
    visits["date"] = _date(visits, rules)
    return _result(visits, criteria)


def judge_visits(
    lesions: pd.DataFrame, assessments: pd.DataFrame, *, rules: EndpointRules, criteria: Criteria
) -> pd.DataFrame:
    """What `tally_visits` counts, with the rule that fired and the response it means.

    Adds nadir_um, had_cr, target_rule, nontarget_rule, target, nontarget, rule, overall, and
    original_rule and original: the overall response of the lesions that were there at baseline.

    Raises:
        BadRows: rows that cannot be used.
    """
    problems = find_problems(lesions, assessments)
    if problems:
        raise BadRows(problems)
    lesions = read_lesions(lesions, criteria)
    visits = tally_visits(lesions, read_assessments(assessments, lesions, rules))
    visits["nadir_um"] = _nadir_um(visits)
    visits["had_cr"] = _before(
        pd.Series(is_complete_response(visits).tolist(), index=visits.index, dtype=bool),
        visits["subject"],
    )
    visits["target_rule"] = target_rule(visits, rules)
    visits["nontarget_rule"] = nontarget_rule(visits, rules)
    if rules.sticky_partial_response:
        visits["target_rule"] = _stick(visits)
    target, nontarget = visits["target_rule"].to_numpy(), visits["nontarget_rule"].to_numpy()
    visits["original_rule"] = original_rule(visits, target, nontarget)
    visits["rule"] = overall_rule(visits, visits["original_rule"].to_numpy())
    for name, rule in (
        ("target", "target_rule"),
        ("nontarget", "nontarget_rule"),
        ("original", "original_rule"),
        ("overall", "rule"),
    ):
        visits[name] = response_of(visits[rule].to_numpy())
    return visits


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
