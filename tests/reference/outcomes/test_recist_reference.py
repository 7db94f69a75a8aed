"""Lesions → overall responses: pharmaversesdtm's tr_onco, tu_onco and rs_onco (Apache-2.0)."""

import pandas as pd

from outcomes.calc.recist import timepoint_responses
from outcomes.calc.rules import EndpointRules

READER = ["USUBJID", "EVAL", "EVALID"]


def read(oracles, name):
    table = pd.read_csv(oracles / "recist" / f"{name}_onco_recist.csv")
    prefix = name.upper()
    table["EVAL"] = table[f"{prefix}EVAL"]
    table["EVALID"] = table[f"{prefix}EVALID"].fillna("")
    table["subject"] = table[READER].agg("|".join, axis=1)
    return table


def lesions_and_assessments(oracles):
    tumors, results = read(oracles, "tu"), read(oracles, "tr")
    tumors["lymph_node"] = tumors["TULOC"].eq("LYMPH NODE").map({True: "Y", False: "N"})
    results = results.merge(
        tumors[["subject", "TULNKID", "lymph_node"]],
        left_on=["subject", "TRLNKID"],
        right_on=["subject", "TULNKID"],
    )
    diameter = results["lymph_node"].map({"Y": "LPERP", "N": "LDIAM"})
    results = results[(results["TRTESTCD"] == "TUMSTATE") | (results["TRTESTCD"] == diameter)]
    # each state of a non-target stands there twice, alike
    results = results.drop_duplicates(["subject", "TRLNKID", "VISIT"])
    first = results[results["VISIT"] == "SCREENING"].set_index(["subject", "TRLNKID"])["TRSTRESN"]
    lesions = tumors[["subject", "TULNKID", "TUSTRESC", "lymph_node"]].set_axis(
        ["subject", "lesion", "kind", "lymph_node"], axis=1
    )
    lesions["baseline_mm"] = first.reindex(
        pd.MultiIndex.from_frame(lesions[["subject", "lesion"]])
    ).to_numpy()
    later = results[results["VISIT"] != "SCREENING"]
    assessments = pd.DataFrame(
        {
            "subject": later["subject"],
            "visit": later["VISIT"],
            "date": later["TRDTC"],
            "lesion": later["TRLNKID"],
            "mm": later["TRSTRESN"],
            "state": later["TRSTRESC"].where(later["TRTESTCD"] == "TUMSTATE", ""),
        }
    )
    return lesions, assessments


def test_overall_responses_of_three_readers(oracles):
    expected = read(oracles, "rs").rename(columns={"VISIT": "visit"})
    found = timepoint_responses(*lesions_and_assessments(oracles))
    both = expected.merge(found, on=["subject", "visit"], how="outer")
    differing = both[both["RSSTRESC"] != both["overall"]]
    assert len(both) == 66
    assert differing.empty, differing[["subject", "visit", "RSSTRESC", "overall", "rule"]]


def test_a_returned_lesion_of_4_95_mm_is_where_the_settings_part(oracles):
    """One reader of one patient has CR, then 4.95 mm: PR by the sum rule, as in rs_onco."""
    rules = EndpointRules(after_complete_response="pd")
    tables = lesions_and_assessments(oracles)
    literal = timepoint_responses(*tables).set_index(["subject", "visit"])
    at_once = timepoint_responses(*tables, rules=rules).set_index(["subject", "visit"])
    changed = literal.index[literal["overall"] != at_once["overall"]]
    assert list(changed) == [("01-701-1133|INDEPENDENT ASSESSOR|RADIOLOGIST 2", "WEEK 9")]
    assert list(literal.loc[changed, ["overall", "review"]].iloc[0]) == [
        "PR",
        "CR-QUESTIONED+NADIR-0",
    ]
    assert list(at_once.loc[changed, ["overall", "rule"]].iloc[0]) == ["PD", "PD-AFTER-CR"]
