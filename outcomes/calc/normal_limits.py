"""Which limits of normal hold for a sample: by sex, age and day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

OLDEST = 150
"""An age that nobody reaches: "and above"."""


@dataclass(frozen=True)
class NormalRange:
    """Limits of one test at one site. `sex` is F, M or empty for both; ages are full years."""

    test: str
    valid_from: date
    low: Decimal | None
    high: Decimal | None
    sex: str = ""
    from_age: int = 0
    to_age: int = OLDEST

    def overlaps(self, other: "NormalRange") -> bool:
        """Both would hold for somebody from the same day on."""
        return (
            (self.test, self.valid_from) == (other.test, other.valid_from)
            and (not self.sex or not other.sex or self.sex == other.sex)
            and self.from_age <= other.to_age
            and other.from_age <= self.to_age
        )


def full_years(born_on: date, day: date) -> int:
    """The age on a day; somebody born on February 29 is a year older on March 1."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def range_for(
    ranges: Iterable[NormalRange], *, sex: str, born: tuple[date, date], day: date
) -> NormalRange | None:
    """The range that holds for a sample of the day; none where none does.

    `ranges` are those of the test at the site. The newest day that is not after the sample's
    replaces everything before it. `born`: the earliest and the latest day of birth that are
    possible; where they lead to different ranges, none is chosen.
    """
    known = [each for each in ranges if each.valid_from <= day]
    newest = max((each.valid_from for each in known), default=None)
    youngest, oldest = full_years(born[1], day), full_years(born[0], day)
    fitting = [
        each
        for each in known
        if each.valid_from == newest
        and each.sex in ("", sex)
        and each.from_age <= youngest
        and oldest <= each.to_age
    ]
    return fitting[0] if fitting else None
