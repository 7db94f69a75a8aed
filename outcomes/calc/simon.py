"""Simon's two-stage designs for one arm, and estimates after them.

Simon 1989, Control Clin Trials 10:1 (optimal and minimax designs); Jung and Kim 2004, Stat Med
23:881 (unbiased estimate); Koyama and Chen 2008, Stat Med 27:3145, and Jung 2006, Stat Med 25:2397
(order of the results by stage, p value and interval). The plain proportion and its binomial limits
are biased after a trial that could have stopped early.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import binom

Goal = Literal["optimal", "minimax"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TwoStage:
    """Stop after `n1` patients with at most `r1` responses; reject the drug with at most `r` of
    `n`.
    """

    r1: int
    n1: int
    r: int
    n: int

    def rejection_probability(self, p: float) -> float:
        """Of finding the drug not active enough where the true response rate is `p`."""
        later = self.n - self.n1
        first = np.arange(self.r1 + 1, min(self.n1, self.r) + 1)
        second = binom.pmf(first, self.n1, p) * binom.cdf(self.r - first, later, p)
        return float(binom.cdf(self.r1, self.n1, p) + second.sum())

    def early_stop_probability(self, p: float) -> float:
        return float(binom.cdf(self.r1, self.n1, p))

    def expected_size(self, p: float) -> float:
        """Mean number of patients where the true response rate is `p`."""
        return self.n1 + (1 - self.early_stop_probability(p)) * (self.n - self.n1)


@dataclass(frozen=True)
class TwoStageResult:
    """Estimates after a two-stage trial; each names its method."""

    method: str
    responses: int
    n: int
    proportion: float
    umvue: float
    lower: float
    upper: float
    p_value: float


def simon_design(
    *, p0: float, p1: float, alpha: float, beta: float, goal: Goal, largest_n: int = 200
) -> TwoStage:
    """The design with the smallest expected size at `p0` (optimal) or the smallest size (minimax).

    Of several minimax designs the one with the smaller expected size.

    Raises:
        ValueError: not 0 < p0 < p1 < 1, or no design within `largest_n` patients keeps the errors.
    """
    if not 0 < p0 < p1 < 1:
        raise ValueError("Give 0 < p0 < p1 < 1.")
    null, active = _Binomials(p0, largest_n), _Binomials(p1, largest_n)
    best: tuple[float, TwoStage] | None = None
    for n in range(2, largest_n + 1):
        if best is not None and (goal == "minimax" or n > 1.35 * best[1].n + 15):
            break
        for n1 in range(1, n):
            found = _best_of_sizes(n1, n, null, active, errors=(alpha, beta))
            if found is not None and (best is None or found[0] < best[0] - 1e-12):
                best = found
    if best is None:
        raise ValueError(f"No design of at most {largest_n} patients keeps both errors.")
    return best[1]


class _Binomials:
    """Probabilities of each number of responses, for every size up to the largest."""

    def __init__(self, p: float, largest_n: int) -> None:
        self.p = p
        self.pmf = [binom.pmf(np.arange(n + 1), n, p) for n in range(largest_n + 1)]
        # more[n][k]: of more than k - 1 responses, so that k may be 0 for "any".
        self.more = [
            np.append(np.cumsum(pmf[::-1])[::-1], np.zeros(largest_n + 1)) for pmf in self.pmf
        ]

    def acceptance(self, n1: int, n: int) -> Floats:
        """Row r1, column r: of going on after `n1` and ending with more than r of `n`."""
        first, limits = np.arange(1, n1 + 1)[:, None], np.arange(n + 1)[None, :]
        needed = np.maximum(limits - first + 1, 0)
        both = self.pmf[n1][first] * self.more[n - n1][needed]
        return np.cumsum(both[::-1], axis=0)[::-1]


def _best_of_sizes(
    n1: int, n: int, null: _Binomials, active: _Binomials, *, errors: tuple[float, float]
) -> tuple[float, TwoStage] | None:
    """Expected size at p0 and the design of the smallest one, where some keep both errors."""
    alpha, beta = errors
    accept0, accept1 = null.acceptance(n1, n), active.acceptance(n1, n)
    # For each r1 the smallest r that keeps alpha has the most power of those that do.
    r = np.argmax(accept0 <= alpha, axis=1)
    r1 = np.arange(n1)
    fits = (accept0[r1, r] <= alpha) & (accept1[r1, r] >= 1 - beta) & (r >= r1)
    if not fits.any():
        return None
    sizes = n1 + null.more[n1][r1 + 1] * (n - n1)
    chosen = int(np.argmin(np.where(fits, sizes, np.inf)))
    return float(sizes[chosen]), TwoStage(chosen, n1, int(r[chosen]), n)


def two_stage_result(
    design: TwoStage, *, responses: int, n: int, p0: float, confidence_level: float = 0.95
) -> TwoStageResult:
    """Estimates when `responses` of `n` patients responded, `n` being one of the design's sizes.

    Raises:
        ValueError: the numbers are not a result of the design.
    """
    stopped = n == design.n1 and 0 <= responses <= design.r1
    went_on = n == design.n and design.r1 < responses <= n
    if not (stopped or went_on):
        raise ValueError(f"{responses} of {n} is no result of this design.")
    tail = (1 - confidence_level) / 2
    return TwoStageResult(
        method="UMVUE (Jung and Kim 2004), stage-ordered interval (Jung 2006)",
        responses=responses,
        n=n,
        proportion=responses / n,
        umvue=unbiased_estimate(design, responses, n),
        lower=_limit(lambda p: _at_least(design, responses, n, p) - tail),
        upper=_limit(lambda p: tail - _at_most(design, responses, n, p), at_end=1.0),
        p_value=_at_least(design, responses, n, p0),
    )


def unbiased_estimate(design: TwoStage, responses: int, n: int) -> float:
    """The response rate without the bias of stopping early (Jung and Kim 2004)."""
    if n == design.n1:
        return responses / n
    later = design.n - design.n1
    first = range(max(design.r1 + 1, responses - later), min(responses, design.n1) + 1)
    ways = [comb(design.n1, x) * comb(later, responses - x) for x in first]
    fewer = [comb(design.n1 - 1, x - 1) * comb(later, responses - x) for x in first if x > 0]
    return sum(fewer) / sum(ways)


def _at_least(design: TwoStage, responses: int, n: int, p: float) -> float:
    """Probability of a result as high or higher; going on is higher than having stopped."""
    if n == design.n1:
        return float(binom.sf(responses - 1, design.n1, p))
    first = np.arange(design.r1 + 1, design.n1 + 1)
    later = design.n - design.n1
    return float((binom.pmf(first, design.n1, p) * binom.sf(responses - first - 1, later, p)).sum())


def _at_most(design: TwoStage, responses: int, n: int, p: float) -> float:
    if n == design.n1:
        return float(binom.cdf(responses, design.n1, p))
    first = np.arange(design.r1 + 1, design.n1 + 1)
    later = design.n - design.n1
    on = binom.pmf(first, design.n1, p) * binom.cdf(responses - first, later, p)
    return design.early_stop_probability(p) + float(on.sum())


def _limit(distance: Callable[[float], float], at_end: float = 0.0) -> float:
    """Where a rising function crosses 0; the end of the range where it does not."""
    low, high = 1e-9, 1 - 1e-9
    if distance(low) >= 0 or distance(high) <= 0:
        return at_end
    return float(brentq(distance, low, high, xtol=1e-10))
