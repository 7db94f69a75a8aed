"""Baseline disease, earlier therapies, and the signs measured at each visit."""

from datetime import date, timedelta
from random import Random

from core.calc.partial_date import PartialDate
from reports.demo.history.chance import DAYS_PER_MONTH, happens, rounded, varied, weighted, within
from reports.demo.history.labs import AFP, value_on
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene

CAUSES = (("hepatitis-b", 0.76), ("hepatitis-c", 0.06), ("alcohol", 0.1), ("steatotic", 0.08))
LOCAL = (("TACE", 0.5), ("hepatic resection", 0.25), ("HAIC with FOLFOX", 0.25))
BOWEL_LINES = (
    ("oxaliplatin + capecitabine + bevacizumab", "combination"),
    ("irinotecan + fluorouracil + leucovorin + bevacizumab", "combination"),
    ("trifluridine-tipiracil", "chemotherapy"),
)


def weight_on(scene: Scene, day: date) -> float:
    """Kilograms: a slow loss, faster towards the end."""
    months = max((day - scene.walk.enrolled_on).days, 0) / DAYS_PER_MONTH
    factor = 1 - 0.002 * min(months, 20) - 0.09 * scene.decline(day)
    return scene.person.weight_kg * factor


def fill_vital_signs(scene: Scene, day: date) -> Filled:
    rng = scene.rng
    ecog = scene.person.ecog + (happens(rng, 0.06) if scene.decline(day) == 0 else 0)
    ecog += round(2 * scene.decline(day))
    systolic = round(within(rng.gauss(127, 12), 92, 178))
    values: dict[str, object] = {
        "ecog": str(min(ecog, 3)),
        "weight_kg": rounded(weight_on(scene, day) + rng.gauss(0, 0.4), 1),
        "temperature_c": rounded(within(rng.gauss(36.6, 0.25), 35.8, 38.4), 1),
        "systolic_mmhg": systolic,
        "diastolic_mmhg": round(within(rng.gauss(systolic * 0.62, 5), 50, systolic - 25)),
        "pulse_per_min": round(within(rng.gauss(76, 8), 52, 112)),
    }
    missing = {}
    if happens(rng, 0.02):
        name = rng.choice(("temperature_c", "pulse_per_min", "weight_kg"))
        del values[name]
        missing[name] = "ND"
    if day < scene.walk.enrolled_on or not scene.walk.courses:
        values["height_cm"] = rounded(scene.person.height_cm, 1)
    if scene.disease == "hcc":
        values |= _liver_signs(scene, day)
    return Filled("vital-signs", values, missing)


def _liver_signs(scene: Scene, day: date) -> dict[str, object]:
    """Ascites comes with the decline; encephalopathy later and in fewer patients."""
    worse = scene.decline(day)
    grades = ("none", "slight", "moderate")
    ascites = sum(happens(scene.rng, share) for share in (0.08 + 0.7 * worse, 0.5 * worse))
    return {
        "ascites": grades[ascites],
        "encephalopathy": "1-2" if happens(scene.rng, 0.25 * worse) else "none",
    }


def fill_baseline(scene: Scene, day: date) -> Filled:
    rng = scene.rng
    organs = {lesion.organ for lesion in scene.tumor.lesions}
    home = {"liver", "portal-vein"} if scene.disease == "hcc" else {"colon", "rectum"}
    months = varied(rng, 20, 0.6)
    diagnosed = scene.person.screened_on - timedelta(days=int(months * DAYS_PER_MONTH))
    values: dict[str, object] = {
        "diagnosed_on": PartialDate(diagnosed.isoformat()[: 7 if happens(rng, 0.8) else 4]),
        "has_extrahepatic_spread": "Y" if organs - home else "N",
    }
    liver_fields = ("bclc_stage", "child_pugh_points", "afp_ug_l", "has_portal_vein_invasion")
    if scene.disease == "crc":
        values["liver_disease_cause"] = "none"
        return Filled("baseline", values, dict.fromkeys(liver_fields, "NA"))
    has_invasion = "portal-vein" in organs
    is_advanced = has_invasion or bool(organs - home) or scene.person.ecog > 0
    values |= {
        "liver_disease_cause": weighted(rng, CAUSES),
        "bclc_stage": "C" if is_advanced else "B",
        "child_pugh_points": weighted(rng, ((5, 0.6), (6, 0.3), (7, 0.1))),
        "afp_ug_l": rounded(value_on(scene, AFP, day), 1),
        "has_portal_vein_invasion": "Y" if has_invasion else "N",
        "nodules": rng.choice((2, 3, 4, 6, 9)),
        "largest_nodule_cm": rounded(within(varied(rng, 4.8, 0.4), 3.2, 18), 1),
        "is_liver_preserved": "Y",
        "is_end_stage_liver": "N",
    }
    if scene.person.ecog > 0:
        values["is_ecog_due_to_tumor"] = "Y"
    return Filled("baseline", values)


def earlier_therapies(scene: Scene) -> list[Filled]:
    """Lines before the trial; the last one failed."""
    rng, is_liver = scene.rng, scene.disease == "hcc"
    lines: list[tuple[str, str]] = []
    if is_liver:
        if happens(rng, 0.7):
            lines.append((weighted(rng, LOCAL), "local"))
        lines.append((scene.earlier_pair.name, "combination"))
    else:
        lines += BOWEL_LINES[: 3 if happens(rng, 0.35) else 2]
    stop = scene.person.screened_on - timedelta(days=rng.randint(20, 50))
    filled = []
    for number, (drugs, drug_class) in reversed(list(enumerate(lines, start=1))):
        start = stop - timedelta(days=int(varied(rng, 190, 0.4)))
        filled.append(_line(rng, number, drugs, drug_class, start=start, stop=stop))
        stop = start - timedelta(days=rng.randint(15, 60))
    return filled[::-1]


def _line(
    rng: Random, number: int, drugs: str, drug_class: str, *, start: date, stop: date
) -> Filled:
    is_local = drug_class == "local"
    return Filled(
        "prior-therapies",
        {
            "line": number,
            "drugs": drugs,
            "drug_class": drug_class,
            "started_on": PartialDate(start.isoformat()[: weighted(rng, ((7, 0.6), (10, 0.4)))]),
            "stopped_on": PartialDate(stop.isoformat()[: weighted(rng, ((7, 0.6), (10, 0.4)))]),
            "best_response": weighted(
                rng, (("PR", 0.25), ("SD", 0.45), ("PD", 0.25), ("NE", 0.05))
            ),
            "stop_reason": "completed" if is_local else "progression",
        },
    )
