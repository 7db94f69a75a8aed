"""Dates of which only the year or the month may be known."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, order=True)
class PartialDate:
    """`2026`, `2026-11` or `2026-11-21`, kept as entered and never padded.

    Two partial dates are ordered as text, so `2026` comes before `2026-11`.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Raises:
            ValueError: the text is no ISO 8601 date, month or year between 1900 and 2100.
        """
        match = _ISO.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"not a date, month or year: {text!r}")
        year, month, day = (int(part) if part else None for part in match.groups())
        if year is None or not 1900 <= year <= 2100:
            raise ValueError(f"year outside 1900 to 2100: {text!r}")
        date(year, month or 1, day or 1)
        return cls(text.strip())

    @property
    def is_complete(self) -> bool:
        return len(self.text) == 10

    @property
    def first_day(self) -> date:
        """The earliest day that it can mean."""
        return date.fromisoformat(self.text + "-01-01"[len(self.text) - 4 :])

    @property
    def last_day(self) -> date:
        """The latest day that it can mean."""
        first = self.first_day
        if self.is_complete:
            return first
        if len(self.text) == 4:
            return date(first.year, 12, 31)
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    def __str__(self) -> str:
        return self.text
