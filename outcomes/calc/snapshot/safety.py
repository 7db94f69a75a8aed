"""Adverse events by system organ class and term: people by the worst grade that they had."""

import pandas as pd

from outcomes.calc.snapshot.adverse_events import GRADES
from outcomes.calc.snapshot.safety_summary import NO_CLASS, EventLine, EventSet

_LEVELS: tuple[list[str], ...] = ([], ["organ_class"], ["organ_class", "term"])


def event_lines(events: pd.DataFrame) -> list[EventLine]:
    """All together first, then each organ class followed by its terms, most frequent first.

    `events`: of the table of flags, for the population: subject, organ_class (empty where the
    catalog has none), term, grade, is_treatment_emergent, is_treatment_related, is_serious.
    """
    events = events.assign(organ_class=events["organ_class"].replace("", NO_CLASS))
    sets: dict[EventSet, pd.DataFrame] = {
        "all": events,
        "emergent": events[events["is_treatment_emergent"].astype(bool)],
        "related": events[events["is_treatment_related"].astype(bool)],
        "serious": events[events["is_serious"].astype(bool)],
    }
    counts = {name: _counts(rows) for name, rows in sets.items()}
    lines = [
        EventLine(
            organ_class=organ_class,
            term=term,
            sets={name: found.get((organ_class, term), [0] * 5) for name, found in counts.items()},
        )
        for organ_class, term in counts["all"] or {("", ""): []}
    ]
    people = {line["organ_class"]: people_of(line) for line in lines if not line["term"]}
    return sorted(
        lines,
        key=lambda line: (
            bool(line["organ_class"] or line["term"]),
            -people.get(line["organ_class"], 0),
            line["organ_class"],
            bool(line["term"]),
            -people_of(line),
            line["term"],
        ),
    )


def people_of(line: EventLine) -> int:
    return sum(line["sets"]["all"])


def _counts(events: pd.DataFrame) -> dict[tuple[str, str], list[int]]:
    """People by worst grade, by organ class and term; the key of a whole level is empty."""
    found: dict[tuple[str, str], list[int]] = {}
    for level in _LEVELS:
        worst = events.groupby([*level, "subject"])["grade"].max().reset_index()
        keys = [worst[name] if name in level else "" for name in _LEVELS[-1]]
        named = worst.assign(organ_class=keys[0], term=keys[1])
        for (organ_class, term), rows in named.groupby(_LEVELS[-1]):
            grades = rows["grade"].value_counts()
            found[str(organ_class), str(term)] = [int(grades.get(grade, 0)) for grade in GRADES]
    return found
