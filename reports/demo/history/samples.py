"""Stool samples, and whether the patient lives."""

from datetime import date, timedelta

from reports.demo.history.chance import happens, weighted
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene

NOT_COLLECTED = ("no stool on that day", "the patient declined", "the container was lost")


def fill_stool_sample(scene: Scene, day: date) -> Filled:
    rng = scene.rng
    values: dict[str, object] = {
        "had_antibiotics": "Y" if happens(rng, 0.07) else "N",
        "had_probiotics": "Y" if happens(rng, 0.03) else "N",
        "had_acid_blockers": "Y" if happens(rng, 0.22) else "N",
    }
    if happens(rng, 0.07):
        values |= {"is_collected": "N", "not_collected_reason": rng.choice(NOT_COLLECTED)}
        return Filled("stool-sample", values)
    values |= {
        "is_collected": "Y",
        "collected_on": day - timedelta(days=1 if happens(rng, 0.3) else 0),
    }
    missing = {}
    if happens(rng, 0.03):
        missing["bristol_type"] = "UNK"
    else:
        shares = ((1, 0.03), (2, 0.1), (3, 0.28), (4, 0.34), (5, 0.14), (6, 0.09), (7, 0.02))
        values["bristol_type"] = weighted(rng, shares)
    return Filled("stool-sample", values, missing)


def fill_survival_status(scene: Scene, day: date) -> Filled:
    """At a visit that took place somebody was reached; now and then it was not the patient."""
    if happens(scene.rng, 0.01):
        return Filled("survival-status", {"status": "unknown"})
    return Filled("survival-status", {"status": "alive", "status_on": day})
