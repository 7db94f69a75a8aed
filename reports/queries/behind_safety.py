"""The patients behind the numbers on safety and quality of life, all of the safety population."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from outcomes import catalog
from outcomes.models.quality_of_life import SCALE_LABELS
from reports.queries.behind_events import KINDS, PatientEvents, events_behind
from reports.queries.behind_found import Cell, Found, Table, Wanted, safe_patients, whole
from reports.queries.behind_laboratory import of_shift, of_values
from reports.queries.dashboard import Dashboard
from reports.queries.patient_rows import Line, stored_lines
from reports.queries.safety import (
    event_name,
    kind_names,
    marker_name,
    scale_name,
    signed,
    treatment_names,
)

EVENTS = "adverse-events"


def _of_events(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    stored = stored_lines(dashboard, "disposition", "adverse_event_flags")
    if len(stored) < 2 or wanted.events not in KINDS:
        return None
    safe = safe_patients(dashboard, stored["disposition"])
    found = events_behind(
        (event for event in stored["adverse_event_flags"] if event["patient"] in safe),
        kind=wanted.events,
        organ_class=wanted.organ_class,
        term=wanted.term,
    )
    lines = [
        _with_events(patient, dashboard.language)
        for patient in found
        if has_grade(int(patient.worst["grade"]), wanted.grade)
    ]
    title = event_name(dashboard.summary["adverse_events"]["ctcae_version"], wanted.organ_class,
                       wanted.term, language=dashboard.language)  # fmt: skip
    columns = [_("Worst event"), _("Grade"), _("Onset"), _("Events")]
    kind = kind_names()[wanted.events]
    if wanted.grade:
        kind = _("%(kind)s, worst grade %(grade)s") % {"kind": kind, "grade": wanted.grade}
    return f"{title}: {kind}", columns, lines


def has_grade(grade: int, wanted: str) -> bool:
    """`wanted` is a grade, the first and the last one (`3-5`), or empty."""
    first, _dash, last = wanted.partition("-")
    low = whole(first)
    if low is None:
        return True
    high = whole(last)
    return low <= grade <= (low if high is None else high)


def _with_events(patient: PatientEvents, language: str) -> Found:
    worst = patient.worst
    term = catalog.in_language(worst["term"], language)
    texts = [term, worst["grade"], worst["started_on"], str(patient.events)]
    return Found(patient.number, patient.site, [Cell(text) for text in texts])


# --- Doses ------------------------------------------------------------------------------------


def _of_doses(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    names = treatment_names(dashboard.definition, language=dashboard.language)
    lines = _safe_lines(dashboard, "exposure")
    if lines is None or wanted.item not in names:
        return None
    shown = [
        line for line in lines if line["treatment"] == wanted.item and _is_of(line, wanted.status)
    ]
    shown.sort(key=lambda line: float(line["relative_pct"] or -1))
    columns = [
        _("Courses"),
        _("From"),
        _("Dose intensity, %"),
        _("Compliance, %"),
    ]  # xgettext:no-python-format
    return names[wanted.item], columns, [_with_doses(line) for line in shown]


def _is_of(line: Line, status: str) -> bool:
    return {
        "intensity": line["relative_pct"] != "",
        "compliance": line["compliance_pct"] != "",
        "unknown": line["relative_pct"] == "",
    }.get(status, True)


def _with_doses(line: Line) -> Found:
    cells = [
        Cell(line["courses"]),
        Cell(line["first_on"]),
        Cell(_one_place(line["relative_pct"])),
        Cell(_one_place(line["compliance_pct"])),
    ]
    return Found(line["patient"], line["site"], cells)


# --- Quality of life --------------------------------------------------------------------------


def _of_scale(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    """Changes at a visit as the night counts them, or each patient's last; or the baselines."""
    lines, column = _safe_lines(dashboard, "qlq_c30_scores"), wanted.item.lower()
    if lines is None or wanted.item not in SCALE_LABELS:
        return None
    baselines = {line["patient"]: line for line in lines if line["is_baseline"] == "Y"}
    chosen = {}
    for line in sorted(lines, key=lambda line: (line["patient"], line["answered_on"])):
        first = baselines.get(line["patient"])
        if first is None or line[column] == "" or first[column] == "":
            continue
        is_later = float(line["day"]) > float(first["day"])
        is_counted = line is first if wanted.status == "baseline" else is_later
        if is_counted and wanted.visit in ("", line["visit"]):
            chosen[line["patient"]] = (first, line)
    found = [_with_score(first, line, column) for first, line in chosen.values()]
    columns = [_("Baseline"), _("Answered"), _("Visit"), _("Score"), _("Change")]
    title = scale_name(wanted.item)
    return (f"{title}: {wanted.visit}" if wanted.visit else title), columns, found


def _with_score(first: Line, line: Line, column: str) -> Found:
    change = "" if line is first else signed(float(line[column]) - float(first[column]))
    cells = [
        Cell(_one_place(first[column])),
        Cell(line["answered_on"]),
        Cell(visit=line["visit"], form="qlq-c30"),
        Cell(_one_place(line[column])),
        Cell(change),
    ]
    return Found(line["patient"], line["site"], cells)


# --- Tumor markers ----------------------------------------------------------------------------


def _of_marker(dashboard: Dashboard, wanted: Wanted) -> Table | None:
    """A line for each patient with a value, by the smallest ratio to the baseline."""
    lines = _safe_lines(dashboard, "tumor_markers")
    if lines is None:
        return None
    people: dict[str, list[Line]] = {}
    for line in lines:
        if line["marker"] == wanted.item:
            people.setdefault(line["patient"], []).append(line)
    if not people:
        return None
    found = sorted(people.values(), key=_smallest_ratio)
    # xgettext:no-python-format
    columns = [_("Baseline"), _("Last value"), _("Seen at"), _("Smallest of baseline, %")]
    return marker_name(wanted.item), columns, [_with_marker(rows) for rows in found]


def _smallest_ratio(rows: list[Line]) -> float:
    """Of the values that are drawn: after the first dose."""
    ratios = [float(row["ratio"]) for row in rows if row["ratio"] and float(row["day"] or 0) > 1]
    return min(ratios, default=float("inf"))


def _with_marker(rows: list[Line]) -> Found:
    last = max(rows, key=lambda row: row["sampled_on"])
    smallest = _smallest_ratio(rows)
    cells = [
        Cell(last["baseline"]),
        Cell(last["value"]),
        Cell(visit=last["visit"], form="laboratory"),
        Cell("" if smallest == float("inf") else f"{100 * smallest:.0f}"),
    ]
    return Found(last["patient"], last["site"], cells)


def _safe_lines(dashboard: Dashboard, name: str) -> list[Line] | None:
    """The stored lines of the safety population; none for a cut without the table."""
    stored = stored_lines(dashboard, "disposition", name)
    if len(stored) < 2:
        return None
    safe = safe_patients(dashboard, stored["disposition"])
    return [line for line in stored[name] if line["patient"] in safe]


def _one_place(text: str) -> str:
    return f"{float(text):.1f}" if text else ""


OF_SAFETY: dict[str, Callable[[Dashboard, Wanted], Table | None]] = {
    EVENTS: _of_events,
    "shift": of_shift,
    "laboratory": of_values,
    "doses": _of_doses,
    "quality-of-life": _of_scale,
    "marker": _of_marker,
}
"""By what an address asks for."""
