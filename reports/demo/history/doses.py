"""Capsules day by day, and the background drugs of each course."""

import re
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from dosing.calc.bands import starting_dose_mg
from enrollment.calc.definition import BackgroundDrug
from reports.demo.history.chance import happens, rounded, weighted
from reports.demo.history.records import Filled, Row
from reports.demo.history.scene import Scene
from reports.demo.history.signs import weight_on

FIRST_DAY_REACTION = 0.015
_STATED = re.compile(r"([\d.]+) mg")
USUAL_MG = {
    "anti-pd1": 200.0,
    "regorafenib": 120.0,
    "fruquintinib": 5.0,
    "oxaliplatin": 130.0,
    "irinotecan": 200.0,
    "capecitabine": 1000.0,
    "bevacizumab": 7.5,
}
"""Per square meter or kilogram where that is usual; only where the definition has no number."""
PER_M2 = {"oxaliplatin", "irinotecan", "capecitabine"}
REASONS = ("platelets low", "hand-foot reaction", "diarrhea", "proteinuria", "raised liver tests")


def fill_capsule_course(scene: Scene, course: int) -> tuple[Filled, date]:
    """The course as known today, and the day on which it is complete."""
    product, rng = scene.product, scene.rng
    started_on = scene.walk.courses[course]
    last_day = started_on + timedelta(days=product.last_day - 1)
    has_reaction = product.day_one_gate and happens(rng, FIRST_DAY_REACTION)
    rows, taken = _days(scene, started_on, is_released=not has_reaction)
    values: dict[str, object] = {
        "started_on": started_on,
        "dispensed_capsules": product.capsules_per_course,
    }
    if product.day_one_gate:
        values |= {
            "is_day_one_observed": "Y",
            "has_day_one_reaction": "Y" if has_reaction else "N",
            "is_rest_released": "N" if has_reaction else "Y",
        }
    if last_day <= scene.today:
        left = product.capsules_per_course - taken
        lost = min(left, rng.randint(1, 3)) if happens(rng, 0.04) else 0
        values["returned_capsules"] = left - lost
        if lost:
            values["lost_capsules"] = lost
    return Filled("capsule-course", values, rows=rows), last_day


def _days(scene: Scene, started_on: date, *, is_released: bool) -> tuple[tuple[Row, ...], int]:
    """A row for each day, empty when still to come, and the capsules taken in all."""
    product, rng = scene.product, scene.rng
    adherence = weighted(rng, ((0.97, 0.75), (0.85, 0.2), (0.6, 0.05)))
    rows, taken = [], 0
    for day in range(product.first_day, product.last_day + 1):
        on = started_on + timedelta(days=day - 1)
        is_first = day == product.first_day
        is_due = on < scene.last_day_on_treatment and (is_released or is_first)
        number = _taken(rng, product.capsules_per_day, adherence) if is_due else 0
        if is_first and product.day_one_gate:
            number = product.capsules_per_day
        if on > scene.today:
            rows.append(Row({"day": day}))
            continue
        if is_due and happens(rng, 0.006):
            rows.append(Row({"day": day}, {"capsules_taken": "UNK"}))
        else:
            rows.append(Row({"day": day, "capsules_taken": number}))
        taken += number
    return tuple(rows), taken


def _taken(rng: Random, planned: int, adherence: float) -> int:
    if happens(rng, adherence):
        return planned
    return 0 if planned == 1 or happens(rng, 0.35) else rng.randint(planned // 2, planned - 1)


def fill_background(scene: Scene, day: date, *, track: str) -> Filled:
    rng = scene.rng
    rows = []
    for drug in scene.definition.drugs_on(track, scene.person.regimen):
        change = weighted(
            rng, (("none", 0.86), ("reduced", 0.06), ("delayed", 0.04), ("held", 0.04))
        )
        values: dict[str, object] = {"drug": drug.id, "change": change}
        if change != "none":
            values["change_reason"] = rng.choice(REASONS)
        if change != "held":
            late = timedelta(days=rng.randint(1, 5)) if change == "delayed" else timedelta()
            values["given_on"] = min(day + late, scene.last_day_seen)
            dose = planned_dose_mg(scene, drug)
            values["dose_mg"] = rounded(float(dose) * (2 / 3 if change == "reduced" else 1), 2)
        rows.append(Row(values))
    as_planned = all(row.values["change"] == "none" for row in rows)
    return Filled(
        "background-treatment", {"is_as_planned": "Y" if as_planned else "N"}, rows=tuple(rows)
    )


def planned_dose_mg(scene: Scene, drug: BackgroundDrug) -> Decimal:
    """The weight band's dose, the one that the definition states, or a usual one for this body.

    Raises:
        KeyError: a drug of which nothing is known here.
    """
    first_day = scene.walk.courses.get(1, scene.walk.enrolled_on)
    weight_kg = rounded(weight_on(scene, first_day), 1)
    if drug.weight_band is not None:
        return starting_dose_mg(weight_kg, drug.weight_band)
    if drug.dose is not None and (stated := _STATED.search(drug.dose.en)):
        return Decimal(stated[1])
    pair = scene.earlier_pair
    if drug.id == "previous-ici":
        return Decimal(str(pair.ici_mg))
    if drug.id == "previous-anti-angiogenic":
        per = float(weight_kg) if pair.is_per_kg else 1.0
        return rounded(pair.anti_angiogenic_mg * per, 0)
    per = _body_surface_area_m2(scene, float(weight_kg)) if drug.id in PER_M2 else 1.0
    per = float(weight_kg) if drug.id == "bevacizumab" else per
    return rounded(USUAL_MG[drug.id] * per, 0)


def _body_surface_area_m2(scene: Scene, weight_kg: float) -> float:
    """By Mosteller's formula. Source: Mosteller 1987, N Engl J Med 317:1098."""
    return float((scene.person.height_cm * weight_kg / 3600) ** 0.5)
