"""Dates as people type them."""

import re
import unicodedata
from datetime import date, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})")
_NAMED_MONTH = re.compile(r"(\d{1,2})[- ]?([a-z]{3})[- ]?(\d{4}|\d{2})")


def normalize(text: str) -> str:
    """Full-width digits and signs, as Chinese input methods produce them, become plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def parse_date(text: str, *, today: date) -> date:
    """Reads `2026-11-21`, `21-11-2026` (day first), `21nov26`, `t` (today) or `y` (yesterday).

    A year of two digits is the one of this century.

    Raises:
        ValueError: the text is none of these, or there is no such day.
    """
    text = normalize(text).lower()
    if text in ("t", "y"):
        return today - timedelta(days=int(text == "y"))
    if match := _YEAR_FIRST.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST.fullmatch(text):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if match := _NAMED_MONTH.fullmatch(text):
        year = int(match[3]) if len(match[3]) == 4 else 2000 + int(match[3])
        return date(year, _MONTHS.index(match[2]) + 1, int(match[1]))
    raise ValueError(f"not a date: {text!r}")
