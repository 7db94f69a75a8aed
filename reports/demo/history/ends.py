"""How treatment and study ended, and the death."""

from datetime import timedelta

from core.calc.partial_date import PartialDate
from reports.demo.history.chance import happens
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene

NEXT_LINE = {
    "hcc": ("regorafenib", "cabozantinib", "TACE", "HAIC with FOLFOX", "another clinical trial"),
    "crc": (
        "trifluridine-tipiracil",
        "best supportive care with radiotherapy",
        "cetuximab rechallenge",
    ),
}


_PRIMARY_CAUSE = {
    "progression": "the cancer under study",
    "adverse-event": "as in the report of the serious adverse event",
    "other": "chronic ischemic heart disease",
}


def end_forms(scene: Scene) -> list[Filled]:
    forms = [_end_of_treatment(scene), _end_of_study(scene)]
    if scene.is_known_dead:
        forms.append(_death(scene))
    return [form for form in forms if form is not None]


def _end_of_treatment(scene: Scene) -> Filled | None:
    ended = scene.walk.treatment_ended
    if ended is None:
        return None
    day, reason = ended
    values: dict[str, object] = {"ended_on": day, "reason": reason}
    missing = {}
    if reason == "other":
        values["reason_text"] = "lost to follow-up"
    courses = scene.walk.courses
    if courses:
        began = max(courses.values())
        last_dose = began + timedelta(days=scene.product.last_day - 1)
        values["last_dose_on"] = min(last_dose, max(began, day - timedelta(days=1)))
    else:
        missing["last_dose_on"] = "NA"
    values |= _next_therapy(scene)
    return Filled("end-of-treatment", values, missing)


def _next_therapy(scene: Scene) -> dict[str, object]:
    """After progression, for a patient who lives long enough and wants it."""
    progressed = scene.walk.progressed_on
    if progressed is None or not scene.fate.starts_new_therapy:
        return {}
    start = progressed + timedelta(days=scene.rng.randint(14, 45))
    if start >= min(scene.fate.last_contact, scene.today):
        return {}
    return {"new_therapy_on": start, "new_therapy": scene.rng.choice(NEXT_LINE[scene.disease])}


def _end_of_study(scene: Scene) -> Filled | None:
    if scene.study_ended is None:
        return None
    day, reason = scene.study_ended
    values: dict[str, object] = {"ended_on": day, "reason": reason}
    if reason in ("lost", "withdrawal"):
        values["last_known_alive_on"] = scene.last_day_seen
    return Filled("end-of-study", values)


def _death(scene: Scene) -> Filled:
    """A few deaths are known by month only."""
    known = scene.fate.dies_on.isoformat()[: 7 if happens(scene.rng, 0.04) else 10]
    cause = scene.cause_of_death
    values: dict[str, object] = {
        "died_on": PartialDate(known),
        "cause": cause,
        "primary_cause": _PRIMARY_CAUSE.get(cause, ""),
        "is_due_to_disease": "Y" if cause == "progression" else "N",
        "related_to_capsules": "unrelated",
        "related_to_background": "possible" if cause == "adverse-event" else "unrelated",
        "autopsy": "none",
        "source": "hospital" if len(known) == 10 else "family",
    }
    missing = {} if values["primary_cause"] else {"primary_cause": "UNK"}
    if cause == "unknown":
        missing |= {"is_due_to_disease": "UNK"}
        values["is_due_to_disease"] = ""
    if cause == "adverse-event":
        values["cause_text"] = "see the adverse event of grade 5"
    elif cause == "other":
        values["cause_text"] = "heart disease known before the trial"
    return Filled("death", values, missing)
