"""Best responses: 100 simulated patients with admiralonco 1.4.0's values, and adrs_onco's eight."""

import pandas as pd
import pytest

from outcomes.calc.best_response import best_responses
from outcomes.calc.rules import EndpointRules

PARAMETERS = ["RSP", "BOR", "CB", "CRSP", "CBOR", "CCB", "PD", "LSTA"]
ANALYSES = {"ALL": "ignore", "PRENACT": "censor"}


def iso(dates):
    return dates.dt.strftime("%Y-%m-%d").fillna("")


@pytest.mark.parametrize("analysis", ANALYSES)
def test_best_responses_of_100_simulated_patients(oracles, analysis):
    folder = oracles / "recist"
    subjects = pd.read_csv(folder / "bor_dev_subjects.csv").rename(
        columns={"USUBJID": "subject", "RANDDT": "start_date", "NACTDT": "new_therapy_date"}
    )
    responses = pd.read_csv(folder / "bor_dev_overall_responses.csv").rename(
        columns={"USUBJID": "subject", "ADT": "date", "AVALC": "overall"}
    )
    expected = pd.read_csv(folder / "bor_dev_expected.csv").fillna("")
    expected = expected[expected["ANALYSIS"] == analysis].set_index("USUBJID")
    rules = EndpointRules(new_therapy=ANALYSES[analysis])
    found = best_responses(subjects, responses, rules=rules).set_index("subject")
    assert list(found.index) == list(expected.index)
    for parameter in PARAMETERS:
        name = parameter.lower()
        values = found[name]
        if parameter == "PD":
            values = values.replace("N", "")
        pd.testing.assert_series_equal(
            values, expected[parameter], check_names=False, check_dtype=False
        )
        pd.testing.assert_series_equal(
            iso(found[f"{name}_date"]),
            expected[f"{parameter}_DT"],
            check_names=False,
            check_dtype=False,
        )


def test_best_responses_of_adrs_onco(oracles):
    expected = pd.read_csv(oracles / "recist" / "adrs_recist_expected.csv", dtype=str).fillna("")
    visits = expected[expected["PARAMCD"] == "OVR"]
    responses = visits.rename(columns={"USUBJID": "subject", "ADT": "date", "AVALC": "overall"})
    starts = expected[expected["RANDDT"] != ""].drop_duplicates("USUBJID")
    subjects = starts.rename(columns={"USUBJID": "subject", "RANDDT": "start_date"})
    found = best_responses(subjects[["subject", "start_date"]], responses.reset_index())
    found = found.set_index("subject")
    for parameter in PARAMETERS:
        of_it = expected[expected["PARAMCD"] == parameter].set_index("USUBJID")
        name = parameter.lower()
        assert found[name].to_dict() == {
            **dict.fromkeys(found.index, "N"),
            **of_it["AVALC"].to_dict(),
        }
        dates = iso(found[f"{name}_date"])
        if parameter == "LSTA":
            assert dates.to_dict() == of_it["ADT"].to_dict()
        else:
            assert dates[of_it.index].to_dict() == of_it["ADT"].to_dict()
