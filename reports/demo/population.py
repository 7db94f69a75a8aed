"""Whom the demo simulates: size and disease of each trial's population."""

from dataclasses import dataclass
from typing import Literal

Disease = Literal["hcc", "crc"]


@dataclass(frozen=True, slots=True)
class Growth:
    """One way in which a tumor behaves. Rates are per month, medians where they vary."""

    share: float
    decay: float
    growth: float
    new_lesions: float


@dataclass(frozen=True, slots=True)
class Population:
    """`survival_months` is the median from true progression to death."""

    slug: str
    enrolled: int
    screen_failures: int
    disease: Disease
    behaviors: tuple[Growth, ...]
    survival_months: float
    seed: int
    """Chosen among a few dozen, so that so few patients come near the medians meant here."""


_HCC = (
    Growth(share=0.26, decay=0.04, growth=0.17, new_lesions=0.16),
    Growth(share=0.45, decay=0.10, growth=0.070, new_lesions=0.05),
    Growth(share=0.26, decay=0.32, growth=0.030, new_lesions=0.025),
    Growth(share=0.03, decay=1.80, growth=0.005, new_lesions=0.01),
)
_CRC = (
    Growth(share=0.28, decay=0.04, growth=0.16, new_lesions=0.14),
    Growth(share=0.46, decay=0.10, growth=0.075, new_lesions=0.05),
    Growth(share=0.26, decay=0.30, growth=0.035, new_lesions=0.03),
)

POPULATIONS = (
    Population("hcc-single-arm", 40, 9, "hcc", _HCC, 7.5, seed=32),
    Population("hcc-randomized", 60, 14, "hcc", _HCC, 8.0, seed=14),
    Population("crc-akkermansia", 22, 6, "crc", _CRC, 8.0, seed=6),
)
