"""Scales of the EORTC QLQ-C30 version 3 from its 30 answers.

Fayers 2001, EORTC QLQ-C30 Scoring Manual, 3rd edition; summary score: Giesinger 2016, J Clin
Epidemiol 69:79. The wording of the items belongs to the EORTC and is not part of this program.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

ITEMS = tuple(f"q{number}" for number in range(1, 31))
GLOBAL_ITEMS = (29, 30)
"""Answered from 1 to 7, all others from 1 to 4."""


@dataclass(frozen=True)
class Scale:
    """A functional scale is high when well; a symptom scale is high when ill."""

    name: str
    items: tuple[int, ...]
    kind: Literal["functional", "symptom", "global"]


SCALES = (
    Scale("QL", (29, 30), "global"),
    Scale("PF", (1, 2, 3, 4, 5), "functional"),
    Scale("RF", (6, 7), "functional"),
    Scale("EF", (21, 22, 23, 24), "functional"),
    Scale("CF", (20, 25), "functional"),
    Scale("SF", (26, 27), "functional"),
    Scale("FA", (10, 12, 18), "symptom"),
    Scale("NV", (14, 15), "symptom"),
    Scale("PA", (9, 19), "symptom"),
    Scale("DY", (8,), "symptom"),
    Scale("SL", (11,), "symptom"),
    Scale("AP", (13,), "symptom"),
    Scale("CO", (16,), "symptom"),
    Scale("DI", (17,), "symptom"),
    Scale("FI", (28,), "symptom"),
)
SUMMARY = "C30SUMMARY"
_NOT_IN_SUMMARY = ("QL", "FI")


def highest_answer(item: int) -> int:
    return 7 if item in GLOBAL_ITEMS else 4


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
    parts = [
        scores[scale.name] if scale.kind == "functional" else 100 - scores[scale.name]
        for scale in SCALES
        if scale.name not in _NOT_IN_SUMMARY
    ]
    scores[SUMMARY] = pd.concat(parts, axis=1).mean(axis=1, skipna=False)
    return scores


def _score(answers: pd.DataFrame, scale: Scale) -> pd.Series:
    given = answers[[f"q{item}" for item in scale.items]].astype(float)
    is_enough = 2 * given.notna().sum(axis=1) >= len(scale.items)
    raw = given.mean(axis=1).where(is_enough, np.nan)
    share = (raw - 1) / (highest_answer(scale.items[0]) - 1)
    return 100 * (1 - share if scale.kind == "functional" else share)
