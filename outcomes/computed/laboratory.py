"""Kidney function, corrected calcium and the trend of AFP, on the laboratory form."""

from datetime import date
from decimal import Decimal
from typing import cast

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from core.calc.partial_date import PartialDate
from enrollment.calc.age import age_on
from enrollment.computed import (
    Around,
    Computed,
    Missing,
    register_computed,
)
from enrollment.models import Baseline
from outcomes.calc import scores
from outcomes.computed.around import (
    BORN,
    DAY,
    SEX,
    WEIGHT,
    has_liver_disease,
)
from outcomes.computed.liver import ALBI, child_pugh_values
from outcomes.models import Laboratory


def _baseline_afp(way: str) -> Subquery:
    known = Baseline._default_manager.filter(
        patient=OuterRef(f"{way}patient_id"), afp_ug_l__isnull=False
    )
    return Subquery(known.order_by("visit__actual_date", "pk").values("afp_ug_l")[:1])


def _smallest_afp_before(way: str) -> Subquery:
    earlier = Laboratory._default_manager.filter(
        patient=OuterRef(f"{way}patient_id"),
        visit__actual_date__lt=OuterRef(f"{way}actual_date"),
        afp_ug_l__isnull=False,
    )
    return Subquery(earlier.order_by("afp_ug_l").values("afp_ug_l")[:1])


BASELINE_AFP = Around("baseline_afp_ug_l", _("AFP at baseline"), _baseline_afp)
EARLIER_AFP = Around("earlier_afp_ug_l", _("an earlier AFP"), _smallest_afp_before)


def _afp_change(afp_ug_l: Decimal, baseline_afp_ug_l: Decimal) -> Decimal:
    return scores.change_pct(value=afp_ug_l, reference=baseline_afp_ug_l)


def _afp_nadir_change(
    afp_ug_l: Decimal, baseline_afp_ug_l: Decimal | None, earlier_afp_ug_l: Decimal | None
) -> Decimal:
    known = [value for value in (baseline_afp_ug_l, earlier_afp_ug_l) if value is not None]
    if not known:
        raise Missing("earlier_afp_ug_l")
    return scores.change_pct(value=afp_ug_l, reference=min(known))


def _filtration(creatinine_umol_l: Decimal, sex: str, born_on: PartialDate, day: date) -> float:
    return scores.glomerular_filtration_ml_min(
        creatinine_umol_l=float(creatinine_umol_l),
        age=age_on(born_on, day),
        sex=cast(scores.Sex, sex),
    )


def _clearance(
    creatinine_umol_l: Decimal, weight_kg: Decimal, sex: str, born_on: PartialDate, day: date
) -> float:
    return scores.creatinine_clearance_ml_min(
        creatinine_umol_l=float(creatinine_umol_l),
        age=age_on(born_on, day),
        weight_kg=float(weight_kg),
        sex=cast(scores.Sex, sex),
    )


def _corrected_calcium(calcium_mmol_l: Decimal, albumin_g_l: Decimal) -> Decimal:
    return scores.corrected_calcium_mmol_l(calcium_mmol_l=calcium_mmol_l, albumin_g_l=albumin_g_l)


register_computed(
    "laboratory",
    Laboratory,
    *child_pugh_values(
        "bilirubin_umol_l",
        "albumin_g_l",
        "inr",
        points="child_pugh_points",
        grade="child_pugh_class",
    ),
    *ALBI,
    Computed(
        "corrected_calcium_mmol_l",
        _("calcium corrected for albumin"),
        _("Payne 1973: plus 0.02 for each g/L of albumin below 40."),
        ("calcium_mmol_l", "albumin_g_l"),
        _corrected_calcium,
        unit="mmol/L",
        places=2,
    ),
    Computed(
        "egfr_ml_min_1_73m2",
        _("estimated glomerular filtration rate"),
        _("CKD-EPI 2021, without race. Unknown day of birth: the 15th; unknown month: 1 July."),
        ("creatinine_umol_l", SEX, BORN, DAY),
        _filtration,
        unit="mL/min/1.73 m²",
        places=1,
    ),
    Computed(
        "creatinine_clearance_ml_min",
        _("creatinine clearance"),
        _("Cockcroft and Gault 1976. Weight of this visit or the last one before."),
        ("creatinine_umol_l", WEIGHT, SEX, BORN, DAY),
        _clearance,
        unit="mL/min",
        places=1,
    ),
    Computed(
        "afp_change_pct",
        _("AFP against baseline"),
        _("Change from the AFP of the baseline form."),
        ("afp_ug_l", BASELINE_AFP),
        _afp_change,
        unit="%",
        places=1,
        applies=has_liver_disease,
    ),
    Computed(
        "afp_nadir_change_pct",
        _("AFP against nadir"),
        _("Change from the smallest AFP before this visit, baseline included."),
        ("afp_ug_l", BASELINE_AFP, EARLIER_AFP),
        _afp_nadir_change,
        unit="%",
        places=1,
        optional=frozenset({"baseline_afp_ug_l", "earlier_afp_ug_l"}),
        applies=has_liver_disease,
    ),
)
