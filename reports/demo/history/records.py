"""What a history consists of. Values are keyed by the field names of the forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.calc.partial_date import PartialDate
from enrollment.calc.schedule import PlannedVisit


@dataclass(frozen=True, slots=True)
class Row:
    """A row inside a form. A lesion is named by its number."""

    values: Mapping[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled form. `entered_on` is the day it was completed; none for a draft."""

    slug: str
    values: Mapping[str, Any]
    missing: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    entered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Who was screened. `failed` names the criteria that were not met."""

    site_code: str
    sex: str
    born_on: PartialDate
    screened_on: date
    answers: Mapping[str, str]
    failed: tuple[str, ...]
    consents: tuple[tuple[str, date], ...]
    regimen: str
    enrolled_on: date | None
    ecog: int
    weight_kg: float
    height_cm: int


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """A visit of the schedule and what became of it."""

    planned: PlannedVisit
    outcome: str = "planned"
    actual_date: date | None = None
    reason: str = ""
    forms: tuple[Filled, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """All of one patient. `records` are the logs and the forms filled once."""

    person: Person
    visits: tuple[HeldVisit, ...] = ()
    records: tuple[Filled, ...] = ()
