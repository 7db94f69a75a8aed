"""The adverse events behind a count of the safety table, from the stored lines of the night."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from outcomes.calc.snapshot.safety_summary import NO_CLASS
from reports.queries.safety import SEVERE

Line = Mapping[str, str]

KINDS: dict[str, Callable[[Line], bool]] = {
    "all": lambda event: True,
    "emergent": lambda event: event["is_treatment_emergent"] == "Y",
    "related": lambda event: event["is_treatment_related"] == "Y",
    "serious": lambda event: event["is_serious"] == "Y",
    "severe": lambda event: int(event["grade"]) >= SEVERE,
}
"""The columns of the table."""


@dataclass(frozen=True)
class PatientEvents:
    """One patient's events that count; `worst` is the first of the highest grade."""

    number: str
    site: str
    worst: Line
    events: int


def events_behind(
    events: Iterable[Line], *, kind: str, organ_class: str = "", term: str = ""
) -> list[PatientEvents]:
    """Each patient once, in the order of the lines. Empty class and term: all events.

    `events`: of `adverse_event_flags`, for the safety population.

    Raises:
        KeyError: there is no such kind.
    """
    counts = KINDS[kind]
    found: dict[str, list[Line]] = {}
    for event in events:
        is_in_class = organ_class in ("", event["organ_class"] or NO_CLASS)
        if is_in_class and term in ("", event["term"]) and counts(event):
            found.setdefault(event["patient"], []).append(event)
    return [
        PatientEvents(
            number=number,
            site=lines[0]["site"],
            worst=max(lines, key=lambda event: int(event["grade"])),
            events=len(lines),
        )
        for number, lines in found.items()
    ]
