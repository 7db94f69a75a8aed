"""What patients take: the investigational product and the background drugs."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from .base import Slug, Table, Text

Milligrams = Annotated[Decimal, Field(gt=0)]
Kilograms = Annotated[Decimal, Field(gt=0)]


class Product(Table):
    """A row of [[products]]: capsules taken on some days of each course."""

    id: Slug
    name: Text
    blinded_name: Text | None = None
    """In a blinded trial the only name that may be shown beside a patient."""
    instructions: Text | None = None
    capsules_per_day: PositiveInt
    first_day: PositiveInt
    last_day: PositiveInt
    course_days: PositiveInt
    courses: NonNegativeInt
    """0: no end is planned."""
    day_one_gate: bool
    """The first day is observed; later days are released only without an adverse reaction."""

    @property
    def shown_name(self) -> Text:
        return self.blinded_name or self.name

    @property
    def is_open_ended(self) -> bool:
        return self.courses == 0

    @property
    def dosing_days(self) -> int:
        """Days of a course on which capsules are taken."""
        return self.last_day - self.first_day + 1

    @property
    def capsules_per_course(self) -> int:
        return self.capsules_per_day * self.dosing_days


class WeightBand(Table):
    """A daily dose by body weight: one below the threshold, one above it.

    `boundary` names the band that holds at exactly the threshold.
    """

    threshold_kg: Kilograms
    boundary: Literal["lower", "upper"]
    lower_dose_mg: Milligrams
    upper_dose_mg: Milligrams


class BackgroundDrug(Table):
    """A row of [[background]]. Its dose is a sentence or a weight band, never both."""

    id: Slug
    name: Text
    cycle_days: PositiveInt
    dose: Text | None = None
    weight_band: WeightBand | None = None


class Regimen(Table):
    """A row of [[regimens]]: background drugs that go together, one regimen per patient."""

    id: Slug
    label: Text
    drugs: tuple[Slug, ...] = Field(min_length=1)
