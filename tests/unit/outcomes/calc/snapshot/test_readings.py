"""What counts as a difference between two readers. Expected values by hand."""

import pandas as pd
import pytest

from outcomes.calc.snapshot.readings import COLUMNS, compare_readings

NUMBERS = pd.Series({0: "A01-001", 1: "A01-002"})


def compare(*lines):
    rows = pd.DataFrame(lines, columns=COLUMNS)
    rows["best_date"] = pd.to_datetime(rows["best_date"])
    rows["pd_date"] = pd.to_datetime(rows["pd_date"])
    return compare_readings(rows, NUMBERS, ["recist_1_1"], confirmed=True)


def line(subject, reader, best, pd_date=None):
    return subject, "recist_1_1", reader, best, "2026-03-01", pd_date


@pytest.mark.parametrize(
    ("mine", "theirs", "best", "progression"),
    [
        pytest.param(("PR", None), ("PR", None), 0, 0, id="nobody saw progression"),
        pytest.param(("PR", "2026-05-01"), ("PR", "2026-05-01"), 0, 0, id="the same day"),
        pytest.param(("PR", "2026-05-01"), ("PR", "2026-05-02"), 0, 1, id="a day later"),
        pytest.param(("PR", "2026-05-01"), ("PR", None), 0, 1, id="one saw progression"),
        pytest.param(("PR", None), ("SD", None), 1, 0, id="another best response"),
    ],
)
def test_readers_differ(mine, theirs, best, progression):
    found = compare(line(0, "investigator", *mine), line(0, "central", *theirs))
    assert found["discordance"] == [
        {"criteria": "recist_1_1", "patients": 1, "best": best, "progression": progression}
    ]
    [row] = found["patients"]
    assert row["investigator"] == {
        "best": mine[0], "best_on": "2026-03-01", "progressed_on": mine[1] or "",
    }  # fmt: skip
    assert (row["best_differs"], row["progression_differs"]) == (bool(best), bool(progression))


def test_patient_of_one_reader_only_is_not_compared():
    found = compare(line(0, "investigator", "PR"), line(1, "central", "SD"))
    assert found["patients"] == []
    assert found["discordance"][0]["patients"] == 0
