"""Best iRECIST responses: admiralonco 1.4.0's iRECIST article on pharmaversesdtm (Apache-2.0)."""

import pandas as pd

from outcomes.calc.irecist_best import irecist_best_responses

PARAMETERS = {
    "IBOR": "bor",
    "ICBOR": "cbor",
    "IRSP": "rsp",
    "ICRSP": "crsp",
    "ICB": "cb",
    "ICCB": "ccb",
    "ICPD": "icpd",
    "IUPD": "iupd",
}


def test_irecist_responses_of_pharmaversesdtm(oracles):
    expected = pd.read_csv(oracles / "recist" / "irecist_adrs_expected.csv", dtype=str).fillna("")
    visits = expected[expected["PARAMCD"] == "OVR"]
    responses = visits.rename(columns={"USUBJID": "subject", "ADT": "date", "AVALC": "overall"})
    starts = expected.drop_duplicates("USUBJID")
    subjects = starts.rename(columns={"USUBJID": "subject", "RANDDT": "start_date"})
    found = irecist_best_responses(
        subjects[["subject", "start_date"]], responses.reset_index(drop=True)
    ).set_index("subject")
    for parameter, name in PARAMETERS.items():
        of_it = expected[expected["PARAMCD"] == parameter].set_index("USUBJID")
        assert len(of_it)
        pd.testing.assert_series_equal(
            found[name][of_it.index], of_it["AVALC"], check_names=False, check_dtype=False
        )
        dates = found[f"{name}_date"].dt.strftime("%Y-%m-%d").fillna("")
        pd.testing.assert_series_equal(
            dates[of_it.index], of_it["ADT"], check_names=False, check_dtype=False
        )
