"""ECGs at rest, nearly all of them normal."""

from datetime import date

from reports.demo.history.chance import happens, within
from reports.demo.history.records import Filled
from reports.demo.history.scene import Scene


def fill_electrocardiogram(scene: Scene, day: date) -> Filled:
    rng = scene.rng
    rate = round(within(rng.gauss(74, 9), 50, 112))
    # The QT shortens with the rate; by Fridericia it stays near 410 ms.
    qt = round(within(rng.gauss(410, 16), 370, 470) * (60 / rate) ** (1 / 3))
    values: dict[str, object] = {
        "recorded_on": day,
        "heart_rate_per_min": rate,
        "pr_ms": round(within(rng.gauss(158, 16), 118, 215)),
        "qrs_ms": round(within(rng.gauss(92, 8), 70, 118)),
        "qt_ms": qt,
        "assessment": "normal",
    }
    if happens(rng, 0.15):
        values |= {"assessment": "abnormal-ncs", "findings": "Nonspecific changes of the T wave."}
    return Filled("ecg", values)
