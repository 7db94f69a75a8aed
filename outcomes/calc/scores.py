"""Scores and formulas of the liver, the kidney, the heart and the body.

Units are in the names. What is missing gives no score (None), never a partial one.
"""

from dataclasses import dataclass
from decimal import Decimal
from math import log10, sqrt
from typing import Literal

Sex = Literal["F", "M"]
UMOL_PER_MG_BILIRUBIN = 17.1
UMOL_PER_MG_CREATININE = 88.4


def body_surface_area_m2(*, height_cm: float, weight_kg: float) -> float:
    """Body surface area in square meters, by Mosteller's formula.

    Raises:
        ValueError: height or weight is not above 0.

    Source: Mosteller 1987, N Engl J Med 317:1098.
    """
    _above_zero(height_cm=height_cm, weight_kg=weight_kg)
    return sqrt(height_cm * weight_kg / 3600)


def body_mass_index(*, height_cm: float, weight_kg: float) -> float:
    """Kilograms per square meter.

    Raises:
        ValueError: height or weight is not above 0.
    """
    _above_zero(height_cm=height_cm, weight_kg=weight_kg)
    return weight_kg / (height_cm / 100) ** 2


@dataclass(frozen=True)
class ChildPughRules:
    """Where hospitals differ: the limits of 1 and 2 points."""

    bilirubin_umol_l: tuple[Decimal, Decimal] = (Decimal(34), Decimal(50))
    """Cholestatic disease uses 68 and 170 (4 and 10 mg/dL)."""
    inr: tuple[Decimal, Decimal] = (Decimal("1.7"), Decimal("2.3"))
    """Some hospitals end 2 points at 2.2."""


@dataclass(frozen=True)
class ChildPugh:
    points: int
    grade: Literal["A", "B", "C"]


def child_pugh(
    *,
    bilirubin_umol_l: Decimal | float | None,
    albumin_g_l: Decimal | float | None,
    inr: Decimal | float | None,
    ascites: Literal[1, 2, 3] | None,
    encephalopathy: Literal[1, 2, 3] | None,
    rules: ChildPughRules | None = None,
) -> ChildPugh | None:
    """Points 5 to 15 and class A (to 6), B (to 9) or C; None if any of the five is missing.

    Ascites and encephalopathy come as their points: none, slight or grade 1–2, more.

    Source: Pugh 1973, Br J Surg 60:646.
    """
    if (
        bilirubin_umol_l is None
        or albumin_g_l is None
        or inr is None
        or ascites is None
        or encephalopathy is None
    ):
        return None
    rules = rules or ChildPughRules()
    points = (
        _rising(bilirubin_umol_l, rules.bilirubin_umol_l)
        + (1 if albumin_g_l > 35 else 2 if albumin_g_l >= 28 else 3)
        + _rising(inr, rules.inr)
        + ascites
        + encephalopathy
    )
    return ChildPugh(points, "A" if points <= 6 else "B" if points <= 9 else "C")


def _rising(value: Decimal | float, limits: tuple[Decimal, Decimal]) -> int:
    """1 point below the first limit, 2 up to the second, 3 above it.

    As decimals: the float nearest to 2.3 lies below it, and a value as entered is exact.
    """
    exact = Decimal(str(value))
    return 1 if exact < limits[0] else 2 if exact <= limits[1] else 3


@dataclass(frozen=True)
class Albi:
    """`grade` is 1, 2 or 3; `modified` divides grade 2 into 2a and 2b."""

    score: float
    grade: int
    modified: Literal["1", "2a", "2b", "3"]


def albi(*, bilirubin_umol_l: float, albumin_g_l: float) -> Albi:
    """Albumin–bilirubin grade of liver function.

    Raises:
        ValueError: a value is not above 0.

    Sources: Johnson 2015, J Clin Oncol 33:550; Hiraoka 2016, Liver Cancer 5:162 (2a and 2b).
    """
    _above_zero(bilirubin_umol_l=bilirubin_umol_l, albumin_g_l=albumin_g_l)
    score = 0.66 * log10(bilirubin_umol_l) - 0.085 * albumin_g_l
    # The published limits have two decimals, but the score is compared as it is.
    if score <= -2.60:
        return Albi(score, 1, "1")
    if score <= -2.27:
        return Albi(score, 2, "2a")
    return Albi(score, 2, "2b") if score <= -1.39 else Albi(score, 3, "3")


@dataclass(frozen=True)
class TumorBurden:
    """What the BCLC stage asks of the tumor and the patient."""

    nodules: int
    largest_cm: float
    has_portal_invasion: bool
    has_extrahepatic_spread: bool
    ecog: int
    is_ecog_due_to_tumor: bool
    is_liver_preserved: bool
    """A clinical call, not Child-Pugh A."""
    is_end_stage_liver: bool
    is_transplantable: bool


def bclc_stage(tumor: TumorBurden) -> Literal["0", "A", "B", "C", "D"]:
    """The stage that the numbers suggest, in the order D, C, 0, A, B; the investigator decides.

    Source: Reig 2022, J Hepatol 76:681.
    """
    if tumor.ecog >= 3 or (tumor.is_end_stage_liver and not tumor.is_transplantable):
        return "D"
    if (
        tumor.has_portal_invasion
        or tumor.has_extrahepatic_spread
        or (tumor.ecog in (1, 2) and tumor.is_ecog_due_to_tumor)
    ):
        return "C"
    if tumor.nodules == 1:
        small = tumor.largest_cm <= 2 and tumor.is_liver_preserved and tumor.ecog == 0
        return "0" if small else "A"
    return "A" if tumor.nodules <= 3 and tumor.largest_cm <= 3 else "B"


def glomerular_filtration_ml_min(*, creatinine_umol_l: float, age: int, sex: Sex) -> float:
    """CKD-EPI 2021, without race, in mL/min per 1.73 m².

    Raises:
        ValueError: creatinine is not above 0.

    Source: Inker 2021, N Engl J Med 385:1737.
    """
    _above_zero(creatinine_umol_l=creatinine_umol_l)
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "F" else (0.9, -0.302, 1.0)
    ratio = creatinine_umol_l / UMOL_PER_MG_CREATININE / kappa
    return 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.200 * 0.9938**age * factor


def creatinine_clearance_ml_min(
    *, creatinine_umol_l: float, age: int, weight_kg: float, sex: Sex
) -> float:
    """Clearance in mL/min by Cockcroft and Gault.

    Raises:
        ValueError: creatinine or weight is not above 0.

    Source: Cockcroft 1976, Nephron 16:31.
    """
    _above_zero(creatinine_umol_l=creatinine_umol_l, weight_kg=weight_kg)
    clearance = (140 - age) * weight_kg / (72 * creatinine_umol_l / UMOL_PER_MG_CREATININE)
    return clearance * (0.85 if sex == "F" else 1.0)


def corrected_qt_ms(
    *, qt_ms: float, heart_rate: float, formula: Literal["Fridericia", "Bazett"] = "Fridericia"
) -> float:
    """QT in milliseconds at 60 beats a minute.

    Raises:
        ValueError: a value is not above 0.

    Sources: Fridericia 1920, Acta Med Scand 53:469; Bazett 1920, Heart 7:353.
    """
    _above_zero(qt_ms=qt_ms, heart_rate=heart_rate)
    return qt_ms / (60 / heart_rate) ** (1 / 3 if formula == "Fridericia" else 1 / 2)


def corrected_calcium_mmol_l(*, calcium_mmol_l: Decimal, albumin_g_l: Decimal) -> Decimal:
    """Calcium as it were at an albumin of 40 g/L: plus 0.02 for each gram below.

    Source: Payne 1973, Br Med J 4:643.
    """
    return calcium_mmol_l + Decimal("0.02") * (40 - albumin_g_l)


def change_pct(*, value: Decimal, reference: Decimal) -> Decimal:
    """Change of a tumor marker from an earlier value, in percent of that.

    Raises:
        ValueError: the earlier value is not above 0.
    """
    _above_zero(reference=float(reference))
    return 100 * (value - reference) / reference


def _above_zero(**values: float) -> None:
    for name, value in values.items():
        if not value > 0:
            raise ValueError(f"{name} must be above 0.")
