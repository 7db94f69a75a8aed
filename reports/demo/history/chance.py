"""Small draws that several nouns share."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import exp
from random import Random
from typing import TypeVar

DAYS_PER_MONTH = 30.4375

T = TypeVar("T")


def seeded(*parts: object) -> Random:
    """A source of chance that always gives the same for the same parts."""
    return Random(" ".join(map(str, parts)))  # noqa: S311 - invented patients, no secrets


def varied(rng: Random, median: float, spread: float) -> float:
    """A lognormal draw; `spread` is the standard deviation of its logarithm."""
    return median * exp(rng.gauss(0, spread))


def days_until(rng: Random, per_month: float) -> int:
    """Days to the first event of a constant rate."""
    return int(rng.expovariate(per_month) * DAYS_PER_MONTH) + 1


def weighted(rng: Random, items: Sequence[tuple[T, float]]) -> T:
    return rng.choices([item for item, _share in items], [share for _item, share in items])[0]


def happens(rng: Random, probability: float) -> bool:
    return rng.random() < probability


def on_weekday(day: date) -> date:
    """Saturday becomes Friday, Sunday becomes Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def rounded(value: float, places: int) -> Decimal:
    return Decimal(f"{value:.{places}f}")


def within(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def entered_after(rng: Random, day: date, *, today: date) -> date | None:
    """The day, up to five later, on which a form was completed; none if that is still to come."""
    entered_on = day + timedelta(days=rng.randint(0, 5))
    return entered_on if entered_on <= today else None
