"""The forms of each visit, filled, half filled or not begun, and the logs beside them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Literal

from enrollment.calc.definition.forms import OWN
from outcomes.calc.scores import child_pugh
from reports.demo.history.added import bowel_habits, ultrasound
from reports.demo.history.chance import entered_after, happens, rounded, seeded, weighted
from reports.demo.history.doses import fill_background, fill_capsule_course
from reports.demo.history.electrocardiograms import fill_electrocardiogram
from reports.demo.history.ends import end_forms
from reports.demo.history.labs import fill_laboratory
from reports.demo.history.questionnaires import fill_questionnaire
from reports.demo.history.records import Filled, HeldVisit
from reports.demo.history.safety import adverse_events, first_day_reaction
from reports.demo.history.samples import fill_stool_sample, fill_survival_status
from reports.demo.history.scene import Scene
from reports.demo.history.signs import earlier_therapies, fill_baseline, fill_vital_signs

DRAFTS_SINCE_DAYS = 25

BY_DAY: dict[str, Callable[[Scene, date], Filled]] = {
    "baseline": fill_baseline,
    "ecg": fill_electrocardiogram,
    "laboratory": fill_laboratory,
    "qlq-c30": fill_questionnaire,
    "stool-sample": fill_stool_sample,
    "survival-status": fill_survival_status,
    "vital-signs": fill_vital_signs,
}


OF_TRIAL: dict[str, Callable[[Scene, date, Random], dict[str, object]]] = {
    "bowel-habits": bowel_habits,
    "ultrasound": ultrasound,
}
"""Forms that the trials' definitions add."""


def fill_visit(scene: Scene, held: HeldVisit) -> HeldVisit:
    """The visit with its forms; those of the last days may be drafts or not begun."""
    day = held.actual_date
    if day is None:
        return held
    filled = [_fill(scene, held, day, slug) for slug in held.planned.forms]
    filled = _with_child_pugh(filled)
    entered = [_entered(scene, form, day, known_on) for form, known_on in filled]
    return replace(held, forms=tuple(form for form in entered if form is not None))


def _fill(scene: Scene, held: HeldVisit, day: date, slug: str) -> tuple[Filled, date]:
    """The form as of today, and the day on which all of it is known."""
    if slug == "tumor-assessment":
        return _fill_scan(scene, held, day), day
    if slug == "capsule-course" and held.planned.cycle is not None:
        form, known_on = fill_capsule_course(scene, held.planned.cycle)
        return form, max(day, known_on)
    if slug == "background-treatment":
        return fill_background(scene, day, track=held.planned.track), day
    added = OF_TRIAL.get(slug.rpartition(OWN)[2])
    if added is not None:
        # Chance of their own, so that the other forms stay as they were without them.
        rng = seeded(scene.person.screened_on, scene.person.born_on, held.planned.key, slug)
        return Filled(slug, added(scene, day, rng)), day
    return BY_DAY[slug](scene, day), day


def _with_child_pugh(filled: list[tuple[Filled, date]]) -> list[tuple[Filled, date]]:
    """The baseline form's score is the one that follows from the other forms of the visit."""
    by_slug = {form.slug: form.values for form, _known_on in filled}
    signs, tests = by_slug.get("vital-signs", {}), by_slug.get("laboratory", {})
    if "child_pugh_points" not in by_slug.get("baseline", {}):
        return filled
    points: dict[str, Literal[1, 2, 3]] = {
        "none": 1, "slight": 2, "1-2": 2, "moderate": 3, "3-4": 3,
    }  # fmt: skip
    found = child_pugh(
        bilirubin_umol_l=tests.get("bilirubin_umol_l"),
        albumin_g_l=tests.get("albumin_g_l"),
        inr=tests.get("inr"),
        ascites=points.get(signs.get("ascites", "")),
        encephalopathy=points.get(signs.get("encephalopathy", "")),
    )
    if found is None:
        return filled
    return [
        (replace(form, values={**form.values, "child_pugh_points": found.points}), known_on)
        if form.slug == "baseline"
        else (form, known_on)
        for form, known_on in filled
    ]


def _fill_scan(scene: Scene, held: HeldVisit, day: date) -> Filled:
    reading = scene.walk.readings[held.planned.key]
    method = weighted(scene.rng, (("CT", 0.85), ("MRI", 0.15)))
    values: dict[str, object] = {
        "scanned_on": day,
        "method": method,
        "slice_mm": rounded(5 if method == "CT" else 3, 1),
        "is_baseline": "N" if reading.response else "Y",
    }
    if reading.response:
        values |= {"new_lesion": reading.new_lesion, "investigator_response": reading.response}
    return Filled("tumor-assessment", values, rows=reading.rows)


def _entered(scene: Scene, form: Filled, day: date, known_on: date) -> Filled | None:
    entered_on = entered_after(scene.rng, known_on, today=scene.today)
    is_recent = (scene.today - day).days < DRAFTS_SINCE_DAYS
    if entered_on is not None and not (is_recent and happens(scene.rng, 0.1)):
        return replace(form, entered_on=entered_on)
    if known_on > scene.today:
        return form
    return _half_filled(form) if happens(scene.rng, 0.6) else None


def _half_filled(form: Filled) -> Filled:
    """The first two thirds of the values; what depends on a value comes after it."""
    kept = list(form.values.items())[: -(len(form.values) // 3) or None]
    return replace(form, values=dict(kept), missing={})


def fill_records(scene: Scene, visits: tuple[HeldVisit, ...]) -> tuple[Filled, ...]:
    """Logs in the order of their rows, and the forms that are filled once."""
    baseline = scene.person.screened_on
    dated = [(form, baseline) for form in earlier_therapies(scene)]
    dated += _lesions(scene, visits)
    events = adverse_events(scene) + _reactions(scene, visits)
    events.sort(key=lambda event: (event.values["started_on"], event.values["term"]))
    dated += [(form, form.values["started_on"].last_day) for form in events]
    dated += [(form, _end_known_on(scene, form)) for form in end_forms(scene)]
    # Logs and ends that happened in these days are entered today rather than left out.
    return tuple(
        replace(form, entered_on=entered_after(scene.rng, on, today=scene.today) or scene.today)
        for form, on in dated
    )


def _end_known_on(scene: Scene, form: Filled) -> date:
    day = form.values.get("ended_on", scene.fate.dies_on)
    return day if isinstance(day, date) else scene.today


def _reactions(scene: Scene, visits: tuple[HeldVisit, ...]) -> list[Filled]:
    return [
        first_day_reaction(scene, form.values["started_on"])
        for held in visits
        for form in held.forms
        if form.values.get("has_day_one_reaction") == "Y"
    ]


def _lesions(scene: Scene, visits: tuple[HeldVisit, ...]) -> list[tuple[Filled, date]]:
    """Every lesion that a stored scan shows, dated by the first of these scans."""
    first_seen: dict[int, date] = {}
    for held in visits:
        for form in held.forms:
            for row in form.rows if form.slug == "tumor-assessment" else ():
                first_seen.setdefault(row.values["lesion"], form.values["scanned_on"])
    lesions = []
    for lesion in scene.walk.reader.found:
        if lesion.number not in first_seen:
            continue
        values: dict[str, object] = {
            "number": lesion.number,
            "kind": lesion.kind,
            "organ": lesion.organ,
            "is_node": "Y" if lesion.is_node else "N",
            "description": lesion.description,
            "first_seen_on": first_seen[lesion.number],
        }
        if lesion.kind == "new":
            values["is_unequivocal"] = "Y" if lesion.is_unequivocal else "N"
        lesions.append((Filled("lesions", values), first_seen[lesion.number]))
    return lesions
