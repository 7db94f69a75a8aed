"""Columns of dates as texts."""

import pandas as pd

FIRST = {4: "-01-01", 7: "-01"}
"""What completes a year and a month to their first day, by the length of the text."""


def is_date(values: pd.Series) -> pd.Series:
    """True where a value is a full or partial date; false where it is empty or something else."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.notna()
    codes, different = pd.factorize(values, use_na_sentinel=False)
    text = pd.Series(different).astype("string").str.strip().str.slice(0, 10).fillna("")
    filled = text + text.str.len().map(FIRST).astype("string").fillna("")
    known = pd.to_datetime(filled, format="%Y-%m-%d", errors="coerce").notna()
    return pd.Series(known.to_numpy(dtype=bool)[codes], index=values.index)
