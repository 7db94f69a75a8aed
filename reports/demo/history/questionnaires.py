"""Answers to the QLQ-C30: mostly well, worse with the disease, now and then a gap."""

from datetime import date

from outcomes.calc.qlq_c30 import GLOBAL_ITEMS, ITEMS, highest_answer
from reports.demo.history.chance import happens, within
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene

NOT_ANSWERED = ("too-ill", "declined", "not-given")
TIRING = {10, 12, 18}
"""Items that cancer patients mark most."""


def fill_questionnaire(scene: Scene, day: date) -> Filled:
    rng = scene.rng
    if happens(rng, 0.04):
        values = {"is_answered": "N", "not_answered_reason": rng.choice(NOT_ANSWERED)}
        return Filled("qlq-c30", values)
    # 0 is without complaints, 1 the worst of all answers.
    burden = 0.16 + 0.08 * scene.person.ecog + 0.45 * scene.decline(day) + rng.gauss(0, 0.06)
    answers: dict[str, object] = {"is_answered": "Y", "answered_on": day}
    missing = {}
    for item, name in enumerate(ITEMS, start=1):
        if happens(rng, 0.008):
            missing[name] = "ND"
            continue
        level = burden + (0.12 if item in TIRING else 0) + rng.gauss(0, 0.14)
        share = 1 - level if item in GLOBAL_ITEMS else level
        answers[name] = 1 + round(within(share, 0, 1) * (highest_answer(item) - 1))
    return Filled("qlq-c30", answers, missing)
