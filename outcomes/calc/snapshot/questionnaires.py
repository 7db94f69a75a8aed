"""Scored questionnaires, one row per patient and visit."""

import pandas as pd

from outcomes.calc.qlq_c30 import ITEMS, SCALES, SUMMARY
from outcomes.calc.qlq_c30_table import qlq_c30_scores

SCORES = (*(scale.name.lower() for scale in SCALES), SUMMARY.lower())


def score_questionnaires(subjects: pd.DataFrame, questionnaires: pd.DataFrame) -> pd.DataFrame:
    """Scores from 0 to 100, missing where too few items are answered.

    `subjects`: subject, start_date. `questionnaires`: subject, visit, visit_sequence, answered_on,
    q1 to q30. Result in their order: subject, visit, visit_sequence, answered_on, day, is_baseline,
    answers (number of items answered), then `SCORES`.

    `day` counts from the reference date, which is day 1; the day before it is day -1. Baseline is
    the last questionnaire up to the reference date, whose first dose is taken after the answers.
    """
    items = questionnaires[list(ITEMS)]
    scores = qlq_c30_scores(items).rename(columns=str.lower)
    # Over no rows a map gives objects, from which no day can be subtracted.
    start = pd.to_datetime(
        questionnaires["subject"].map(subjects.set_index("subject")["start_date"])
    )
    days = (questionnaires["answered_on"] - start).dt.days
    is_before = questionnaires["answered_on"] <= start
    last_before = questionnaires["subject"].where(is_before).duplicated(keep="last")
    return pd.concat(
        [
            questionnaires[["subject", "visit", "visit_sequence", "answered_on"]],
            pd.DataFrame(
                {
                    "day": days + (days >= 0),
                    "is_baseline": is_before & ~last_before,
                    "answers": items.notna().sum(axis=1),
                }
            ),
            scores[list(SCORES)],
        ],
        axis=1,
    )
