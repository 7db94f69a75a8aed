"""The corrected QT, on the form of the ECG."""

from collections.abc import Callable
from typing import Literal

from django.utils.translation import gettext_lazy as _

from enrollment.computed import (
    Computed,
    register_computed,
)
from outcomes.calc import scores
from outcomes.models import Electrocardiogram


def _corrected_qt(formula: Literal["Fridericia", "Bazett"]) -> Callable[..., float]:
    def compute(qt_ms: int, heart_rate_per_min: int) -> float:
        return scores.corrected_qt_ms(qt_ms=qt_ms, heart_rate=heart_rate_per_min, formula=formula)

    return compute


register_computed(
    "ecg",
    Electrocardiogram,
    Computed(
        "qtcf_ms",
        _("QTc by Fridericia"),
        _("Fridericia 1920: QT by the cube root of RR."),
        ("qt_ms", "heart_rate_per_min"),
        _corrected_qt("Fridericia"),
        unit="ms",
        places=0,
    ),
    Computed(
        "qtcb_ms",
        _("QTc by Bazett"),
        _("Bazett 1920: QT by the square root of RR."),
        ("qt_ms", "heart_rate_per_min"),
        _corrected_qt("Bazett"),
        unit="ms",
        places=0,
    ),
)
