"""What is asked for behind a number, and what is found, before anybody asks who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from reports.queries.dashboard import Dashboard
from reports.queries.patient_rows import Line

Label = str | Promise


@dataclass(frozen=True)
class Wanted:
    """What the address asks for: the number, and what narrows it."""

    what: str
    reason: str = ""
    response: str = ""
    status: str = ""
    """`event`, `censored`; of a shift `graded`, `not-graded`, `worsened`, `severe`; of doses
    `intensity`, `compliance`, `unknown`; of scales `baseline`."""
    month: str = ""
    """Of accrual `2026-03`; of a curve the month at whose beginning somebody is at risk."""
    events: str = ""
    """Which adverse events: see `reports.queries.behind_events.KINDS`."""
    organ_class: str = ""
    term: str = ""
    grade: str = ""
    """Worst grade, or the first and last one: `3-5`."""
    item: str = ""
    """A laboratory test, treatment, scale or tumor marker."""
    direction: str = ""
    baseline: str = ""
    """A grade; `5` is one that is not known."""
    worst: str = ""
    visit: str = ""
    factor: str = ""
    level: str = ""


@dataclass(frozen=True)
class Cell:
    """`visit` is a key of the schedule, `form` the form of the patient that tells the rest."""

    text: str = ""
    visit: str = ""
    form: str = ""


@dataclass(frozen=True)
class Found:
    """A patient of the list before anybody asks who may see it."""

    number: str
    site: str
    cells: list[Cell]


Table = tuple[str, Sequence[Label], list[Found]]
"""Title, columns, and the patients."""


def safe_patients(dashboard: Dashboard, disposition: list[Line]) -> frozenset[str]:
    """The numbers of the safety population."""
    population = dashboard.summary["adverse_events"]["population"]["id"]
    return frozenset(
        person["patient"] for person in disposition if population in person["populations"].split()
    )


def whole(text: str) -> int | None:
    """A grade or month of an address or a stored line; none where it is no number."""
    try:
        return int(float(text))
    except (ValueError, OverflowError):
        return None
