"""Dates that may be partial (`2026`, `2026-11`), completed by a named rule."""

from typing import Literal

import pandas as pd

from core.calc.date_columns import FIRST

Impute = Literal["first", "middle", "last"]

_MIDDLE = {4: "-07-01", 7: "-15"}


def complete_dates(values: pd.Series, impute: Impute) -> pd.Series:
    """Days, missing where nothing was entered; a partial date gets the first, middle or last day.

    Takes ISO text, dates or timestamps; a time of day is dropped.

    Raises:
        ValueError: a value is no date.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.normalize().astype("datetime64[ns]")
    # Dates repeat: each different text is read once.
    codes, different = pd.factorize(values, use_na_sentinel=False)
    read = _complete(pd.Series(different), impute)
    return pd.Series(read.to_numpy()[codes], index=values.index, name=values.name)


def _complete(values: pd.Series, impute: Impute) -> pd.Series:
    text = values.astype("string").str.strip().str.slice(0, 10)
    length = text.str.len().fillna(0)
    ends = _MIDDLE if impute == "middle" else FIRST
    filled = text.where(length > 0) + length.map(ends).astype("string").fillna("")
    days = pd.to_datetime(filled, format="%Y-%m-%d", errors="coerce").astype("datetime64[ns]")
    wrong = days.isna() & (length > 0)
    if wrong.any():
        raise ValueError(f"Not a date: {', '.join(sorted(set(text[wrong])))}. Use 2026-11-30.")
    if impute == "last":
        days = days.mask(length == 4, days + pd.offsets.YearEnd(0))
        days = days.mask(length == 7, days + pd.offsets.MonthEnd(0))
    return days


def complete_death_dates(deaths: pd.Series, last_alive: pd.Series, impute: Impute) -> pd.Series:
    """Dates of death; an imputed one is moved up to the last date known alive in its period."""
    imputed = complete_dates(deaths, impute)
    latest = complete_dates(deaths, "last")
    earliest = complete_dates(deaths, "first")
    floor = last_alive.mask(last_alive > latest, latest)
    return imputed.mask((earliest < latest) & (floor > imputed), floor)
