from datetime import date

import pytest

from reports.demo.history.fate import NEVER, Fate

TODAY = date(2026, 11, 21)


def fate(**days):
    never = {
        "dies_on": NEVER,
        "lost_on": NEVER,
        "withdraws_on": NEVER,
        "toxicity_on": NEVER,
        "clinical_progression_on": NEVER,
    }
    return Fate(dies_of="progression", starts_new_therapy=False, **never | days)


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(fate(), None, id="followed"),
        pytest.param(fate(dies_on=TODAY), (TODAY, "death"), id="died today"),
        pytest.param(fate(dies_on=date(2026, 11, 22)), None, id="dies tomorrow"),
        pytest.param(
            fate(withdraws_on=date(2026, 5, 1), dies_on=date(2026, 6, 1)),
            (date(2026, 5, 1), "withdrawal"),
            id="death after withdrawal is not learned",
        ),
        pytest.param(fate(lost_on=date(2026, 7, 24)), (TODAY, "lost"), id="lost 120 days ago"),
        pytest.param(fate(lost_on=date(2026, 7, 25)), None, id="lost 119 days ago"),
    ],
)
def test_left_study(of, expected):
    assert of.left_study(TODAY) == expected
