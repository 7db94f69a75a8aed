"""Body mass index and body surface area, on the form of the vital signs."""

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from enrollment.computed import (
    Computed,
    Missing,
    register_computed,
)
from enrollment.models import VitalSigns
from outcomes.calc import scores
from outcomes.computed.around import (
    HEIGHT,
)


def _body(formula: Callable[..., float]) -> Callable[..., float]:
    def compute(
        weight_kg: Decimal, height_cm: Decimal | None, known_height_cm: Decimal | None
    ) -> float:
        height = height_cm if height_cm is not None else known_height_cm
        if height is None:
            raise Missing("height_cm")
        return formula(height_cm=float(height), weight_kg=float(weight_kg))

    return compute


_BODY = ("weight_kg", "height_cm", HEIGHT)
_HEIGHT_MAY_BE_EARLIER = frozenset({"height_cm", "known_height_cm"})
register_computed(
    "vital-signs",
    VitalSigns,
    Computed(
        "bmi_kg_m2",
        _("body mass index"),
        _("Weight by height squared. Height of this visit or the last one before."),
        _BODY,
        _body(scores.body_mass_index),
        unit="kg/m²",
        places=1,
        optional=_HEIGHT_MAY_BE_EARLIER,
    ),
    Computed(
        "bsa_m2",
        _("body surface area"),
        _("Mosteller 1987. Height of this visit or the last one before."),
        _BODY,
        _body(scores.body_surface_area_m2),
        unit="m²",
        places=2,
        optional=_HEIGHT_MAY_BE_EARLIER,
    ),
)
