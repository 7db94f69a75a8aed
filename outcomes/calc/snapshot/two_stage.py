"""How far a trial is in Simon's design, and what may be estimated then.

Simon 1989, Control Clin Trials 10:1. Patients count in the order in which they started: the first
ones are the first stage, whoever is assessed when.
"""

from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from enrollment.calc.definition import TwoStageDesign
from outcomes.calc.best_response import is_responder
from outcomes.calc.simon import Goal, TwoStage, simon_design, two_stage_result
from outcomes.calc.snapshot.summary import TwoStage as TwoStageSummary

State = Literal["stage_1", "stopped", "stage_2", "ended"]
Bools = npt.NDArray[np.bool_]

METHOD = "Simon two-stage: UMVUE (Jung and Kim 2004), stage-ordered interval (Jung 2006)"


@cache
def _design(p0: float, p1: float, alpha: float, beta: float, goal: Goal) -> TwoStage:
    return simon_design(p0=p0, p1=p1, alpha=alpha, beta=beta, goal=goal)


def design_of(asked: TwoStageDesign) -> TwoStage:
    """
    Raises:
        ValueError: no design of at most 200 patients keeps both errors.
    """
    return _design(asked.null_rate, asked.target_rate, asked.alpha, asked.beta, asked.goal)


def summarize_two_stage(
    asked: TwoStageDesign, best: pd.Series, *, confidence_level: float
) -> TwoStageSummary:
    """`best`: the best responses of the design's population, in the order of their starts."""
    design = design_of(asked)
    responded = is_responder(best).to_numpy(dtype=bool)
    state, counted = _state(design, responded)
    responses = int(responded[:counted].sum())
    is_over = state in ("stopped", "ended")
    found = None
    if is_over:
        found = two_stage_result(
            design,
            responses=responses,
            n=counted,
            p0=asked.null_rate,
            confidence_level=confidence_level,
        )
    return TwoStageSummary(
        goal=asked.goal,
        null_rate=_percent(asked.null_rate),
        target_rate=_percent(asked.target_rate),
        alpha=asked.alpha,
        beta=asked.beta,
        stage_1_n=design.n1,
        stage_1_limit=design.r1,
        n=design.n,
        limit=design.r,
        state=state,
        counted=counted,
        over=len(responded) - counted,
        responses=responses,
        is_active=(responses > design.r) if is_over else None,
        plain=None if found is None else 100 * found.proportion,
        unbiased=None if found is None else 100 * found.umvue,
        lower=None if found is None else 100 * found.lower,
        upper=None if found is None else 100 * found.upper,
        p=None if found is None else found.p_value,
        level=confidence_level,
        method=METHOD,
    )


def _state(design: TwoStage, responded: Bools) -> tuple[State, int]:
    """The state, and how many patients count in it."""
    n = len(responded)
    if n < design.n1:
        return "stage_1", n
    if responded[: design.n1].sum() <= design.r1:
        return "stopped", design.n1
    return ("stage_2", n) if n < design.n else ("ended", design.n)


def _percent(share: float) -> float:
    return round(100 * share, 10)
