"""Scales of the EORTC QLQ-C30 version 3 from its 30 answers, for one person and without pandas.

Fayers 2001, EORTC QLQ-C30 Scoring Manual, 3rd edition; summary score: Giesinger 2016, J Clin
Epidemiol 69:79. The wording of the items belongs to the EORTC and is not part of this program.
`qlq_c30_table` scores whole tables by the same rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

VERSION = "QLQ-C30 v3"
ITEMS = tuple(f"q{number}" for number in range(1, 31))
GLOBAL_ITEMS = (29, 30)
"""Answered from 1 to 7, all others from 1 to 4."""


@dataclass(frozen=True)
class Scale:
    """A functional scale is high when well; a symptom scale is high when ill."""

    name: str
    items: tuple[int, ...]
    kind: Literal["functional", "symptom", "global"]

    @property
    def item_names(self) -> tuple[str, ...]:
        return tuple(f"q{item}" for item in self.items)

    @property
    def least_answers(self) -> int:
        """At least half of the items."""
        return -(-len(self.items) // 2)

    def scored(self, mean: Any) -> Any:
        """0 to 100 from the mean of the answers: of one person, or a column of them."""
        share = (mean - 1) / (highest_answer(self.items[0]) - 1)
        return 100 * (1 - share if self.kind == "functional" else share)

    def for_summary(self, score: Any) -> Any:
        """The score turned so that high is well."""
        return score if self.kind == "functional" else 100 - score


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
SUMMARY_SCALES = tuple(scale for scale in SCALES if scale.name not in ("QL", "FI"))
"""All of these 13 are needed for the summary."""


def highest_answer(item: int) -> int:
    return 7 if item in GLOBAL_ITEMS else 4


def scale_score(scale: Scale, answers: Mapping[str, int | None]) -> float | None:
    """0 to 100; None where fewer than half of the scale's items are answered."""
    given = [value for name in scale.item_names if (value := answers[name]) is not None]
    if len(given) < scale.least_answers:
        return None
    return float(scale.scored(sum(given) / len(given)))


def summary_score(answers: Mapping[str, int | None]) -> float | None:
    """The mean of the 13 scales, high when well; None where one of them is missing."""
    parts = []
    for scale in SUMMARY_SCALES:
        score = scale_score(scale, answers)
        if score is None:
            return None
        parts.append(float(scale.for_summary(score)))
    return sum(parts) / len(parts)
