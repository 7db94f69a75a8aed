"""Median, quartiles and range of some numbers."""

import pandas as pd

from outcomes.calc.snapshot.safety_summary import Spread


def spread(values: pd.Series) -> Spread:
    """Of the numbers that are there; quartiles by linear interpolation (type 7 of R)."""
    known = values.dropna().astype(float)
    if not len(known):
        return Spread(n=0, mean=None, low=None, q1=None, median=None, q3=None, high=None)
    low, q1, median, q3, high = (float(known.quantile(share)) for share in (0, 0.25, 0.5, 0.75, 1))
    return Spread(
        n=len(known),
        mean=float(known.mean()),
        low=low,
        q1=q1,
        median=median,
        q3=q3,
        high=high,
    )
