"""The patients behind shifts of laboratory grades and behind the values of a visit."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.queries.behind_found import Cell, Found, Table, Wanted, safe_patients, whole
from reports.queries.dashboard import Dashboard
from reports.queries.patient_rows import Line, stored_lines
from reports.queries.safety import SEVERE, direction_names, lab_names

UNKNOWN = 5
"""Stands for a grade at baseline that is not known, as in the rows of a shift table."""


@dataclass(frozen=True)
class Shifted:
    """One patient's worst grade under treatment; `worst` is none where no value has a grade."""

    baseline: int
    worst: int | None
    line: Line
    """Where the worst grade was first seen."""


def of_shift(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    """One direction of one test."""
    lines = _lines(dashboard, wanted.item)
    if not lines:
        return None
    found = [
        shifted
        for shifted in shifts(line for line in lines if line["direction"] == wanted.direction)
        if _is_wanted(shifted, wanted)
    ]
    columns = [_("Grade at baseline"), _("Worst grade"), _("Seen at"), _("Date"), _("Value")]
    name = lab_names().get(wanted.item, wanted.item)
    direction = direction_names().get(wanted.direction, wanted.direction)
    return f"{name}: {direction}", columns, [_with_shift(shifted) for shifted in found]


def shifts(lines: Iterable[Line]) -> list[Shifted]:
    """`lines`: of `laboratory_grades`, of one direction of one test; each patient once.

    As the night counts them: the highest grade of the values under treatment, clinical clauses at
    their worst, and the first grade at baseline that is known.
    """
    people: dict[str, list[Line]] = {}
    for line in lines:
        if line["is_on_treatment"] == "Y":
            people.setdefault(line["patient"], []).append(line)
    return [_shifted(rows) for rows in people.values()]


def _shifted(rows: list[Line]) -> Shifted:
    known = [grade for row in rows if (grade := whole(row["baseline_grade"])) is not None]
    graded = [row for row in rows if row["grade_high"] != ""]
    worst = max(graded, key=lambda row: float(row["grade_high"]), default=None)
    return Shifted(
        baseline=known[0] if known else UNKNOWN,
        worst=whole(worst["grade_high"]) if worst is not None else None,
        line=worst if worst is not None else rows[-1],
    )


def _is_wanted(shifted: Shifted, wanted: Wanted) -> bool:
    if wanted.status == "not-graded":
        return shifted.worst is None
    if shifted.worst is None:
        return False
    is_in_cell = all(
        asked is None or asked == is_
        for asked, is_ in (
            (whole(wanted.baseline), shifted.baseline),
            (whole(wanted.worst), shifted.worst),
        )
    )
    is_known = shifted.baseline != UNKNOWN
    return is_in_cell and {
        "worsened": is_known and shifted.worst > shifted.baseline,
        "severe": shifted.worst >= SEVERE,
    }.get(wanted.status, True)


def _with_shift(shifted: Shifted) -> Found:
    line = shifted.line
    cells = [
        Cell(_("not known") if shifted.baseline == UNKNOWN else str(shifted.baseline)),
        Cell(_("not gradable") if shifted.worst is None else str(shifted.worst)),
        Cell(visit=line["visit"], form="laboratory"),
        Cell(line["sampled_on"]),
        Cell(f"{line['value']} {line['unit']}"),
    ]
    return Found(line["patient"], line["site"], cells)


def of_values(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    """The values of a test at a visit, or the last one of each patient."""
    lines = _lines(dashboard, wanted.item)
    if not lines:
        return None
    # A test with two directions stands twice. Without a visit, the last value of each patient.
    values = {
        (line["patient"], line["sampled_on"] if wanted.visit else ""): line
        for line in sorted(lines, key=lambda line: (line["patient"], line["sampled_on"]))
        if wanted.visit in ("", line["visit"])
    }
    found = [
        Found(
            line["patient"],
            line["site"],
            [
                Cell(visit=line["visit"], form="laboratory"),
                Cell(line["sampled_on"]),
                Cell(f"{line['value']} {line['unit']}"),
            ],
        )
        for line in values.values()
    ]
    title = lab_names().get(wanted.item, wanted.item)
    if wanted.visit:
        title = f"{title}: {wanted.visit}"
    return title, [_("Visit"), _("Date"), _("Value")], found


def _lines(dashboard: Dashboard, test: str) -> list[Line]:
    """The stored lines of a test, of treated patients of the safety population."""
    stored = stored_lines(dashboard, "disposition", "laboratory_grades")
    if len(stored) < 2:
        return []
    treated = [person for person in stored["disposition"] if person["first_dose_on"]]
    safe = safe_patients(dashboard, treated)
    return [
        line
        for line in stored["laboratory_grades"]
        if line["test"] == test and line["patient"] in safe
    ]
