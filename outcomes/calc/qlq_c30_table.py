"""Scales of the QLQ-C30 of many people at once: the rules of `qlq_c30`, on columns."""

import pandas as pd

from outcomes.calc.qlq_c30 import (
    ITEMS,
    SCALES,
    SUMMARY,
    SUMMARY_SCALES,
    Scale,
    highest_answer,
)


def qlq_c30_scores(answers: pd.DataFrame) -> pd.DataFrame:
    """The 15 scales and the summary, each from 0 to 100, one row per row of `answers`.

    `answers`: columns q1 to q30 as numbers, missing where not answered. A scale needs at least half
    of its items, the summary all of its 13 scales.

    Raises:
        ValueError: an answer that the item does not have.
    """
    for item, name in enumerate(ITEMS, start=1):
        given = answers[name].dropna()
        if not given.isin(range(1, highest_answer(item) + 1)).all():
            raise ValueError(f"{name} must be answered from 1 to {highest_answer(item)}.")
    scores = pd.DataFrame({scale.name: _score(answers, scale) for scale in SCALES})
    parts = [scale.for_summary(scores[scale.name]) for scale in SUMMARY_SCALES]
    scores[SUMMARY] = pd.concat(parts, axis=1).mean(axis=1, skipna=False)
    return scores


def _score(answers: pd.DataFrame, scale: Scale) -> pd.Series:
    given = answers[list(scale.item_names)].astype(float)
    is_enough = given.notna().sum(axis=1) >= scale.least_answers
    scores: pd.Series = scale.scored(given.mean(axis=1).where(is_enough))
    return scores
