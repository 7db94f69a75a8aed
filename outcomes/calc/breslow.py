"""Cox's model with Breslow's treatment of ties, which SAS takes unless told otherwise.

Breslow 1974, Biometrics 30:89. By Newton's method on the partial likelihood.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_MOST_STEPS = 50
_CONVERGED = 1e-10


def fit_breslow(
    days: Floats, event: npt.NDArray[np.bool_], covariates: Floats, stratum: npt.NDArray[np.int64]
) -> tuple[Floats, Floats] | None:
    """Coefficients and their standard errors; None if the likelihood has no maximum.

    `covariates`: a row for each patient. Each stratum has its own baseline hazard.
    """
    # Centered, so that no exponential runs over; the coefficients stay what they are.
    centered = covariates - covariates.mean(axis=0)
    parts = [
        (days[stratum == number], event[stratum == number], centered[stratum == number])
        for number in np.unique(stratum)
    ]
    beta = np.zeros(covariates.shape[1])
    for _step in range(_MOST_STEPS):
        moved = [_score_and_information(*part, beta) for part in parts]
        score = sum((score for score, _ in moved), np.zeros_like(beta))
        information = sum((inner for _, inner in moved), np.zeros((len(beta), len(beta))))
        if np.linalg.matrix_rank(information) < len(beta):
            return None
        step = np.linalg.solve(information, score)
        # A group without events walks off to infinity: no step goes further than 2.
        beta = beta + np.clip(step, -2, 2)
        if np.max(np.abs(step)) < _CONVERGED:
            return beta, np.sqrt(np.diag(np.linalg.inv(information)))
    return None


def _score_and_information(
    days: Floats, event: npt.NDArray[np.bool_], covariates: Floats, beta: Floats
) -> tuple[Floats, Floats]:
    """First derivative of the log likelihood of one stratum, and less its second one."""
    order = np.argsort(-days, kind="stable")
    days, event, covariates = days[order], event[order], covariates[order]
    risk = np.exp(covariates @ beta)
    # Sums over those whose time is at least that of each row, ties included.
    last = np.searchsorted(-days, -days, side="right") - 1
    total = risk.cumsum()[last][event]
    first = (covariates * risk[:, None]).cumsum(axis=0)[last][event] / total[:, None]
    products = covariates[:, :, None] * covariates[:, None, :] * risk[:, None, None]
    second = products.cumsum(axis=0)[last][event] / total[:, None, None]
    score = (covariates[event] - first).sum(axis=0)
    information = (second - first[:, :, None] * first[:, None, :]).sum(axis=0)
    return score, information
