"""The best iRECIST response and the progression that iPFS counts."""

import pandas as pd
import pytest

from outcomes.calc.endpoints import time_to_event
from outcomes.calc.irecist_best import as_recist, best_of_sequence, irecist_best_responses


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["iSD", "iPR", "iCR"], "iCR"),
        (["iUPD", "iCPD", "iCR"], "iCPD"),
        (["iUPD", "iPR", "iUPD", "iCPD"], "iPR"),
        (["iUPD", "iSD"], "iSD"),
        (["iUPD", "NE"], "iUPD"),
        (["NE", ""], "NE"),
        (["NON-iCR/NON-iUPD", "iUPD", "iCPD"], "NON-iCR/NON-iUPD"),
        ([], "NE"),
    ],
)
def test_best_of_a_sequence(answers, expected):
    assert best_of_sequence(answers) == expected


def test_a_word_of_another_criterion_is_refused():
    with pytest.raises(ValueError, match="PR is no iRECIST response"):
        best_of_sequence(["PR"])


def visits(*answers, subject="P1"):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        [42 * n for n in range(1, len(answers) + 1)], "D"
    )
    return pd.DataFrame({"subject": subject, "date": days.strftime("%Y-%m-%d"), "overall": answers})


SUBJECTS = pd.DataFrame({"subject": ["P1"], "start_date": ["2024-01-01"]})


def progression(*answers):
    times = time_to_event(SUBJECTS, as_recist(visits(*answers))).set_index("param").loc["PFS"]
    return times["event"], times["days"]


@pytest.mark.parametrize(
    ("answers", "event", "weeks"),
    [
        pytest.param(["iSD", "iUPD", "iUPD", "iCPD"], 1, 12, id="first of the run"),
        pytest.param(["iUPD", "iSD", "iUPD", "iCPD"], 1, 18, id="of the run that was confirmed"),
        pytest.param(["iUPD", "iSD"], 0, 12, id="a refuted one is none"),
        pytest.param(["iSD", "iUPD"], 1, 12, id="nothing after it"),
        pytest.param(["iSD", "iUPD", "NE"], 1, 12, id="nothing but NE after it"),
        pytest.param(["iUPD", "NE", "iCPD", "iSD"], 1, 6, id="NE inside the run"),
    ],
)
def test_progression_of_ipfs(answers, event, weeks):
    assert progression(*answers) == (event, 7 * weeks + 1)


def test_patients_do_not_mix():
    both = pd.concat(
        [visits("iSD", "iUPD"), visits("iCPD", "iSD", subject="P2")], ignore_index=True
    )
    subjects = pd.concat([SUBJECTS, SUBJECTS.assign(subject="P2")], ignore_index=True)
    found = irecist_best_responses(subjects, both).set_index("subject")
    assert list(found["bor"]) == ["iSD", "iCPD"]
    assert list(found["iupd"]) == ["Y", "N"]
    assert list(found["icpd"]) == ["N", "Y"]
    assert list(as_recist(both)["overall"]) == ["SD", "PD", "PD", "SD"]


def test_nobody_and_no_assessment():
    none = visits()
    assert list(irecist_best_responses(SUBJECTS, none)["bor"]) == ["MISSING"]
    assert irecist_best_responses(SUBJECTS.iloc[:0], none).empty
