"""Values for the forms that the trials' own definitions add."""

from datetime import date
from random import Random

from core.calc.partial_date import PartialDate
from reports.demo.history.chance import happens, rounded, varied, weighted, within
from reports.demo.history.scene import Scene


def ultrasound(scene: Scene, day: date, rng: Random) -> dict[str, object]:
    """The portal vein and the spleen widen with the decline, and fluid comes."""
    worse = scene.decline(day)
    flow = weighted(
        rng, (("toward", 0.94 - 0.3 * worse), ("away", 0.04 + 0.3 * worse), ("none", 0.02))
    )
    fluid = sum(happens(rng, share) for share in (0.08 + 0.7 * worse, 0.5 * worse))
    contours = (("smooth", 0.25), ("irregular", 0.35), ("nodular", 0.4))
    values: dict[str, object] = {
        "scanned_by_us_on": day,
        "liver_contour": weighted(rng, contours),
        "portal_vein_mm": rounded(within(rng.gauss(12 + 2 * worse, 1.2), 7, 20), 1),
        "portal_flow": flow,
        "spleen_length_mm": round(within(varied(rng, 112, 0.14), 70, 220)),
        "spleen_thickness_mm": round(within(varied(rng, 41, 0.15), 20, 90)),
        "free_fluid": ("none", "slight", "marked")[fluid],
    }
    if flow != "none":
        values["portal_speed_cm_s"] = rounded(within(rng.gauss(19, 4), 8, 40), 1)
    if fluid:
        values["fluid_depth_mm"] = round(within(varied(rng, 18 * fluid, 0.4), 5, 140))
    shares = (("gallstones", 0.12), ("collaterals", 0.2 + 0.3 * worse), ("pleural-effusion", 0.05))
    values["also_seen"] = " ".join(code for code, share in shares if happens(rng, share))
    return values


def bowel_habits(scene: Scene, day: date, rng: Random) -> dict[str, object]:
    stools = within(varied(rng, 1.6, 0.5), 0.3, 9)
    shape = round(within(rng.gauss(4 + 0.5 * (stools > 2), 1.1), 1, 7))
    values: dict[str, object] = {
        "stools_a_day": rounded(stools, 1),
        "stool_form": shape,
        "wakes_at_night": "Y" if happens(rng, 0.3 if shape > 5 else 0.06) else "N",
        "has_stoma": "N",
    }
    # A stoma is the patient's, not the visit's.
    if scene.person.height_cm % 7 == 0:
        since = scene.person.screened_on.year - 1
        values |= {"has_stoma": "Y", "stoma_since": PartialDate(f"{since}")}
    shares = (("bloating", 0.25), ("cramps", 0.15), ("urgency", 0.1), ("straining", 0.1))
    values["complaints"] = " ".join(code for code, share in shares if happens(rng, share))
    if shape > 5 and happens(rng, 0.5):
        values["bowel_medicines"] = "loperamide"
    return values
