"""How the trial's scores are computed where hospitals differ."""

from decimal import Decimal
from typing import Literal

from .base import Table

Limits = tuple[Decimal, Decimal]
_BILIRUBIN: dict[str, Limits] = {
    "standard": (Decimal(34), Decimal(50)),
    "cholestatic": (Decimal(68), Decimal(170)),
}


class Scores(Table):
    """The table [scores]."""

    liver_disease: bool = True
    """Whether scores of liver disease (Child-Pugh, ALBI, BCLC, AFP) mean anything in the trial."""
    child_pugh_bilirubin: Literal["standard", "cholestatic"] = "standard"
    """Cholestatic disease: 4 and 10 mg/dL in place of 2 and 3."""
    child_pugh_inr: Literal["1.7-2.3", "1.7-2.2"] = "1.7-2.3"
    """The INR with 2 points."""

    @property
    def child_pugh_bilirubin_umol_l(self) -> Limits:
        """The bilirubin with 2 points, both ends included."""
        return _BILIRUBIN[self.child_pugh_bilirubin]

    @property
    def child_pugh_inr_limits(self) -> Limits:
        low, high = self.child_pugh_inr.split("-")
        return Decimal(low), Decimal(high)
