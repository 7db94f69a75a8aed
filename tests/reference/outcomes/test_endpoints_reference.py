"""Times: 100 simulated patients with admiralonco 1.4.0's values, and adtte_onco's eight."""

import pandas as pd
import pytest

from outcomes.calc.endpoints import time_to_event
from outcomes.calc.rules import EndpointRules

PARAMETERS = {"OS": "OS", "PFS": "PFS", "DOR": "RSD", "CDOR": "CRSD"}
REASONS = {"START": "RANDOMIZATION"}


@pytest.mark.parametrize(("analysis", "setting"), [("ALL", "ignore"), ("PRENACT", "censor")])
def test_times_of_100_simulated_patients(oracles, analysis, setting):
    folder = oracles / "recist"
    subjects = pd.read_csv(folder / "bor_dev_subjects.csv").rename(
        columns={
            "USUBJID": "subject",
            "RANDDT": "start_date",
            "NACTDT": "new_therapy_date",
            "DTHDT": "death_date",
            "LSTALVDT": "last_alive_date",
        }
    )
    responses = pd.read_csv(folder / "bor_dev_overall_responses.csv").rename(
        columns={"USUBJID": "subject", "ADT": "date", "AVALC": "overall"}
    )
    expected = pd.read_csv(folder / "bor_dev_tte_expected.csv")
    expected = expected[expected["ANALYSIS"] == analysis].drop(columns="ANALYSIS")
    long = time_to_event(subjects, responses, rules=EndpointRules(new_therapy=setting))
    long = long[long["param"].isin(PARAMETERS)]
    found = pd.DataFrame(
        {
            "USUBJID": long["subject"],
            "PARAMCD": long["param"].map(PARAMETERS),
            "STARTDT": long["start_date"].dt.strftime("%Y-%m-%d"),
            "ADT": long["event_date"].dt.strftime("%Y-%m-%d"),
            "AVAL": long["days"],
            "CNSR": 1 - long["event"],
            "REASON": long["description"].replace(REASONS),
        }
    )
    key = ["USUBJID", "PARAMCD"]
    pd.testing.assert_frame_equal(
        found.sort_values(key, ignore_index=True), expected.sort_values(key, ignore_index=True)
    )


def test_times_of_adtte_onco(oracles):
    """Its OS needs dates that are not published with it: they are taken from the result itself."""
    folder = oracles / "recist"
    expected = pd.read_csv(folder / "adtte_recist_expected.csv")
    visits = pd.read_csv(folder / "adrs_recist_expected.csv")
    survival = expected[expected["PARAMCD"] == "OS"].reset_index()
    subjects = pd.DataFrame(
        {
            "subject": survival["USUBJID"],
            "start_date": survival["STARTDT"],
            "last_alive_date": survival["ADT"],
        }
    )
    responses = visits[visits["PARAMCD"] == "OVR"].rename(
        columns={"USUBJID": "subject", "ADT": "date", "AVALC": "overall"}
    )
    # one patient was last known alive before the last scan
    rules = EndpointRules(alive_at_assessment=False)
    long = time_to_event(subjects, responses, rules=rules).replace({"param": PARAMETERS})
    found = long.set_index(["subject", "param"])
    names = {"PD": "Disease Progression", "LAST_ASSESSMENT": "Last Tumor Assessment"}
    for _, row in expected.iterrows():
        time = found.loc[row["USUBJID"], row["PARAMCD"]]
        assert time["event_date"] == pd.Timestamp(row["ADT"])
        assert (time["days"], time["event"]) == (row["AVAL"], 1 - row["CNSR"])
        assert names.get(time["description"], "Alive") == row["EVNTDESC"]
