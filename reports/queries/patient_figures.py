"""What waterfall, spider and swimmer draw: lines of the snapshot, counted in weeks and months.

Every patient of the population is drawn for everybody, as the numbers beside it are pooled. Whose
patient a person may not see stands without number and link.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from reports.queries.patient_rows import Line, PatientRows

DAYS_PER_WEEK = 7
HIDDEN = ""


@dataclass(frozen=True, eq=False)
class Drawn:
    """A patient in a figure. Number and link are empty for a person who may not see the patient.

    Two such patients can be alike in everything, and are two: no equality but identity.
    """

    number: str
    href: str
    response: str
    """The best one, confirmed where the trial asks for that."""


@dataclass(frozen=True, eq=False)
class Bar(Drawn):
    change_pct: float
    visit: str
    has_new_lesion: bool


@dataclass(frozen=True)
class Missing:
    """Patients without a bar, by the reason; `others` counts those who may not be seen."""

    why: str
    patients: list[tuple[str, str]]
    """Number and link."""
    others: int


@dataclass(frozen=True)
class Point:
    weeks: float
    change_pct: float
    visit: str


@dataclass(frozen=True, eq=False)
class Thread(Drawn):
    """A line of the spider. It begins at (0, 0), the baseline."""

    points: list[Point]
    new_lesion: Point | None
    """Where progression came by a new lesion."""
    last_on_treatment: Point | None
    """The last point by the end of treatment; none while it goes on."""


@dataclass(frozen=True, eq=False)
class Lane(Drawn):
    """A bar of the swimmer; months since the first dose."""

    months: float
    is_ongoing: bool
    response_from: float | None
    response_to: float | None
    is_response_ongoing: bool
    progression: float | None
    death: float | None


Link = Callable[[str], str]
"""From a patient's number to the page; empty for a patient who may not be seen."""


def _drawn(rows: PatientRows, number: str, link: Link, *, confirmed: bool) -> dict[str, str]:
    href = link(number)
    best = rows.best.get(number)
    response = best["cbor" if confirmed else "bor"] if best else "MISSING"
    return {"number": number if href else HIDDEN, "href": href, "response": response}


def waterfall(rows: PatientRows, link: Link, *, confirmed: bool) -> tuple[list[Bar], list[Missing]]:
    """The bars from growth to shrinkage, and who has none."""
    bars: list[Bar] = []
    missing: dict[str, list[str]] = {}
    for number in rows.people:
        change = rows.changes.get(number)
        if change is None or not change["best_change_pct"]:
            why = change["why_none"] if change else "NO_ASSESSMENT"
            missing.setdefault(why, []).append(number)
            continue
        bars.append(
            Bar(
                **_drawn(rows, number, link, confirmed=confirmed),
                change_pct=float(change["best_change_pct"]),
                visit=change["best_change_visit"],
                has_new_lesion=bool(change["new_lesion_date"]),
            )
        )
    bars.sort(key=lambda bar: -bar.change_pct)
    return bars, [_missing(why, numbers, link) for why, numbers in sorted(missing.items())]


def _missing(why: str, numbers: list[str], link: Link) -> Missing:
    seen = [(number, href) for number in numbers if (href := link(number))]
    return Missing(why, seen, others=len(numbers) - len(seen))


def spider(rows: PatientRows, link: Link, *, confirmed: bool) -> list[Thread]:
    """Those with at least one sum after the baseline."""
    threads = []
    for number, person in rows.people.items():
        lines = rows.responses.get(number, [])
        points = [
            _point(line, person) for line in lines if line["change_pct"] and person["start_date"]
        ]
        if not points:
            continue
        threads.append(
            Thread(
                **_drawn(rows, number, link, confirmed=confirmed),
                points=points,
                new_lesion=_progression_by_new_lesion(rows, number, points),
                last_on_treatment=_last_on_treatment(person, points),
            )
        )
    return threads


def _point(line: Line, person: Line) -> Point:
    weeks = _days(person["start_date"], line["assessed_on"]) / DAYS_PER_WEEK
    return Point(round(weeks, 1), round(float(line["change_pct"]), 1), line["visit"])


def _progression_by_new_lesion(rows: PatientRows, number: str, points: list[Point]) -> Point | None:
    """At its own visit, or at the last sum before where no sum could be made then."""
    found = next((x for x in rows.responses[number] if "PD-NEW-LESION" in x["rule"]), None)
    if found is None:
        return None
    person = rows.people[number]
    weeks = round(_days(person["start_date"], found["assessed_on"]) / DAYS_PER_WEEK, 1)
    before = [point for point in points if point.weeks <= weeks]
    return Point(weeks, before[-1].change_pct if before else 0.0, found["visit"])


def _last_on_treatment(person: Line, points: list[Point]) -> Point | None:
    if not person["treatment_ended_on"]:
        return None
    end = _days(person["start_date"], person["treatment_ended_on"]) / DAYS_PER_WEEK
    return next((point for point in reversed(points) if point.weeks <= end), None)


def swimmer(
    rows: PatientRows, link: Link, *, confirmed: bool, cut_on: date, days_per_month: float
) -> list[Lane]:
    """Those who were treated, the longest treatment first."""
    lanes = []
    for number, person in rows.people.items():
        begin = person["first_dose_on"]
        if not begin:
            continue

        def months(day: str, begin: str = begin) -> float | None:
            return round(_days(begin, day) / days_per_month, 2) if day else None

        death = _event_date(rows, "OS", number)
        end = person["treatment_ended_on"] or death or cut_on.isoformat()
        response = rows.times.get("CDOR" if confirmed else "DOR", {}).get(number)
        lanes.append(
            Lane(
                **_drawn(rows, number, link, confirmed=confirmed),
                months=months(end) or 0.0,
                is_ongoing=not person["treatment_ended_on"] and not death,
                response_from=months(response["start_date"]) if response else None,
                response_to=months(response["event_date"]) if response else None,
                is_response_ongoing=response is not None and response["event"] == "0",
                progression=months(_event_date(rows, "TTP", number)),
                death=months(death),
            )
        )
    return sorted(lanes, key=lambda lane: -lane.months)


def _event_date(rows: PatientRows, endpoint: str, number: str) -> str:
    """Empty where there was no event."""
    line = rows.times.get(endpoint, {}).get(number)
    return line["event_date"] if line is not None and line["event"] == "1" else ""


def _days(begin: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(begin)).days
