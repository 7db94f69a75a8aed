"""Questionnaires of several visits: the day, the baseline, the scores."""

import pandas as pd
import pytest

from outcomes.calc.qlq_c30 import ITEMS
from outcomes.calc.snapshot.questionnaires import SCORES, score_questionnaires

START = pd.Timestamp("2026-01-10")
SUBJECTS = pd.DataFrame({"subject": [0, 1], "start_date": [START, START]})


def questionnaires(*rows):
    """(subject, days after the reference date, answer to every question)"""
    table = pd.DataFrame(
        [
            {
                "subject": subject,
                "visit": f"V{number}",
                "visit_sequence": number,
                "answered_on": START + pd.Timedelta(days=days),
            }
            | dict.fromkeys(ITEMS, float(answer))
            for number, (subject, days, answer) in enumerate(rows)
        ],
        columns=["subject", "visit", "visit_sequence", "answered_on", *ITEMS],
    )
    return table.astype({"answered_on": "datetime64[ns]"} | dict.fromkeys(ITEMS, float))


def test_baseline_is_the_last_up_to_the_reference_date():
    found = score_questionnaires(
        SUBJECTS, questionnaires((0, -7, 1), (0, 0, 1), (0, 1, 1), (1, 1, 1))
    )
    assert found["is_baseline"].tolist() == [False, True, False, False]


def test_the_reference_date_is_day_1_and_there_is_no_day_0():
    found = score_questionnaires(SUBJECTS, questionnaires((0, -1, 1), (0, 0, 1), (0, 1, 1)))
    assert found["day"].tolist() == [-1, 1, 2]


def test_scores_stand_beside_the_number_of_answers():
    table = questionnaires((0, 0, 4))
    table.loc[0, ["q1", "q29"]] = None
    [row] = score_questionnaires(SUBJECTS, table).to_dict("records")
    assert row["answers"] == 28
    assert (row["ql"], row["pf"], row["fa"]) == (pytest.approx(50), 0, 100)
    assert row["c30summary"] == 0


def test_no_questionnaire_is_a_table_with_its_columns():
    found = score_questionnaires(SUBJECTS, questionnaires())
    assert found.empty
    assert list(found.columns[-len(SCORES) :]) == list(SCORES)
