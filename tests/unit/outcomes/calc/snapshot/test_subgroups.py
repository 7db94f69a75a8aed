import pandas as pd
import pytest

from outcomes.calc.rules import EndpointRules
from outcomes.calc.snapshot.subgroups import age_years, rates_by_subgroup

RULES = EndpointRules()


@pytest.mark.parametrize(
    ("born", "years"),
    [
        pytest.param("1960-06-15", 66, id="on the birthday"),
        pytest.param("1960-06-16", 65, id="the day before it"),
        pytest.param("1960-06", 66, id="in the month, day unknown"),
        pytest.param("1960-07", 65, id="before the month"),
        pytest.param("1960", 66, id="only the year"),
    ],
)
def test_age_in_completed_years(born, years):
    on = pd.to_datetime(pd.Series(["2026-06-15"]))
    assert list(age_years(pd.Series([born]), on)) == [years]


def test_rates_have_the_exact_limits_of_each_level():
    groups = pd.DataFrame(
        {
            "subject": [0, 1, 2, 0, 1, 2],
            "factor": ["all"] * 3 + ["sex"] * 3,
            "level": ["all"] * 3 + ["M", "F", "M"],
        }
    )
    best = pd.DataFrame({"subject": [0, 1], "bor": ["PR", "SD"], "cbor": ["SD", "SD"]})
    found = rates_by_subgroup(groups, best, confirmed=False, rules=RULES)
    assert [[row["factor"], row["level"], row["n"], row["responders"]] for row in found] == [
        ["all", "all", 3, 1],
        ["sex", "F", 1, 0],
        ["sex", "M", 2, 1],
    ]
    # Clopper-Pearson: 1 of 3, and 0 of 1: 1 - 0.025.
    assert found[0]["lower"] == pytest.approx(0.84, abs=0.005)
    assert found[1]["upper"] == pytest.approx(97.5)
    confirmed = rates_by_subgroup(groups, best, confirmed=True, rules=RULES)
    assert [row["responders"] for row in confirmed] == [0, 0, 0]


def test_nobody_has_no_subgroup():
    nobody = pd.DataFrame({"subject": [], "factor": [], "level": []})
    best = pd.DataFrame({"subject": [], "bor": [], "cbor": []})
    assert rates_by_subgroup(nobody, best, confirmed=False, rules=RULES) == []
