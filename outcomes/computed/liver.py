"""Child-Pugh and ALBI, and the stage that BCLC 2022 suggests."""

from decimal import Decimal
from typing import Any, Literal, cast

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enrollment.calc.definition import Scores
from enrollment.computed import (
    SETTINGS,
    Around,
    Computed,
    Lacking,
    Missing,
    register_computed,
)
from enrollment.models import Baseline, VitalSigns
from outcomes.calc import scores
from outcomes.computed.around import (
    ALBUMIN,
    ASCITES,
    BILIRUBIN,
    ECOG,
    ENCEPHALOPATHY,
    INR,
    has_liver_disease,
)

POINTS: dict[str, Literal[1, 2, 3]] = {
    VitalSigns.Ascites.NONE: 1,
    VitalSigns.Ascites.SLIGHT: 2,
    VitalSigns.Ascites.MODERATE: 3,
    VitalSigns.Encephalopathy.LOW: 2,
    VitalSigns.Encephalopathy.HIGH: 3,
}
CLASSES = (("A", "A"), ("B", "B"), ("C", "C"))


def _child_pugh(
    *,
    bilirubin_umol_l: Decimal,
    albumin_g_l: Decimal,
    inr: Decimal,
    ascites: str,
    encephalopathy: str,
    settings: Scores,
) -> scores.ChildPugh:
    found = scores.child_pugh(
        bilirubin_umol_l=bilirubin_umol_l,
        albumin_g_l=albumin_g_l,
        inr=inr,
        ascites=POINTS[ascites],
        encephalopathy=POINTS[encephalopathy],
        rules=scores.ChildPughRules(
            bilirubin_umol_l=settings.child_pugh_bilirubin_umol_l,
            inr=settings.child_pugh_inr_limits,
        ),
    )
    if found is None:  # of five inputs that are all there
        raise ValueError("no score")
    return found


def _child_pugh_points(**values: Any) -> int:
    return _child_pugh(**values).points


def _child_pugh_class(**values: Any) -> str:
    return _child_pugh(**values).grade


def child_pugh_values(
    *inputs: str | Around, points: str, grade: str, entered: str = ""
) -> tuple[Computed, Computed]:
    """Points and class from bilirubin, albumin and INR of the form or of the one beside it."""
    rule = _(
        "Pugh 1973, with the limits of the trial's definition. Ascites and encephalopathy from the"
        " vital signs of the visit."
    )
    needed = (*inputs, ASCITES, ENCEPHALOPATHY, SETTINGS)
    return (
        Computed(
            points,
            _("Child-Pugh score, computed"),
            rule,
            needed,
            _child_pugh_points,
            unit=cast(str, _("points")),
            entered=entered,
            applies=has_liver_disease,
        ),
        Computed(
            grade,
            _("Child-Pugh class, computed"),
            rule,
            needed,
            _child_pugh_class,
            choices=CLASSES,
            applies=has_liver_disease,
        ),
    )


def _albi(bilirubin_umol_l: Decimal, albumin_g_l: Decimal) -> scores.Albi:
    return scores.albi(bilirubin_umol_l=float(bilirubin_umol_l), albumin_g_l=float(albumin_g_l))


def _albi_score(**values: Decimal) -> float:
    return _albi(**values).score


def _albi_grade(**values: Decimal) -> str:
    return str(_albi(**values).grade)


def _modified_albi_grade(**values: Decimal) -> str:
    return _albi(**values).modified


_JOHNSON = _("Johnson 2015: grade 1 up to -2.60, 2 up to -1.39, 3 above.")
_ALBI_INPUTS = ("bilirubin_umol_l", "albumin_g_l")
ALBI = (
    Computed(
        "albi_score",
        _("ALBI score"),
        _JOHNSON,
        _ALBI_INPUTS,
        _albi_score,
        places=3,
        applies=has_liver_disease,
    ),
    Computed(
        "albi_grade",
        _("ALBI grade"),
        _JOHNSON,
        _ALBI_INPUTS,
        _albi_grade,
        choices=(("1", "1"), ("2", "2"), ("3", "3")),
        applies=has_liver_disease,
    ),
    Computed(
        "modified_albi_grade",
        _("modified ALBI grade"),
        _("Hiraoka 2016: grade 2 is 2a up to -2.27, 2b above."),
        _ALBI_INPUTS,
        _modified_albi_grade,
        choices=(("1", "1"), ("2a", "2a"), ("2b", "2b"), ("3", "3")),
        applies=has_liver_disease,
    ),
)


def _bclc(
    *,
    nodules: int,
    largest_nodule_cm: Decimal,
    has_portal_vein_invasion: str,
    has_extrahepatic_spread: str,
    ecog: str,
    is_end_stage_liver: str,
    is_transplantable: str,
    is_liver_preserved: str,
    is_ecog_due_to_tumor: str,
) -> str:
    """Asks for the last three only where the stage hangs on them."""
    is_invasive = "Y" in (has_portal_vein_invasion, has_extrahepatic_spread)
    is_small_and_well = nodules == 1 and largest_nodule_cm <= 2 and ecog == "0"
    if nodules < 1:
        raise Lacking(gettext("There is no nodule."))
    is_end_stage = is_end_stage_liver == "Y" and is_transplantable == "N"
    if ecog in ("0", "1", "2") and not is_end_stage:
        if is_end_stage_liver == "Y" and not is_transplantable:
            raise Missing("is_transplantable")
        if ecog != "0" and not is_invasive and not is_ecog_due_to_tumor:
            raise Missing("is_ecog_due_to_tumor")
        if is_small_and_well and not is_invasive and not is_liver_preserved:
            raise Missing("is_liver_preserved")
    return scores.bclc_stage(
        scores.TumorBurden(
            nodules=nodules,
            largest_cm=float(largest_nodule_cm),
            has_portal_invasion=has_portal_vein_invasion == "Y",
            has_extrahepatic_spread=has_extrahepatic_spread == "Y",
            ecog=int(ecog),
            is_ecog_due_to_tumor=is_ecog_due_to_tumor == "Y",
            is_liver_preserved=is_liver_preserved == "Y",
            is_end_stage_liver=is_end_stage_liver == "Y",
            is_transplantable=is_transplantable == "Y",
        )
    )


register_computed(
    "baseline",
    Baseline,
    Computed(
        "bclc_stage_suggested",
        _("BCLC stage, suggested"),
        _("Reig 2022, from these answers and the ECOG of the visit. The investigator decides."),
        (
            "nodules",
            "largest_nodule_cm",
            "has_portal_vein_invasion",
            "has_extrahepatic_spread",
            "is_end_stage_liver",
            "is_transplantable",
            "is_liver_preserved",
            "is_ecog_due_to_tumor",
            ECOG,
        ),
        _bclc,
        choices=tuple(Baseline.Stage.choices),
        optional=frozenset({"is_transplantable", "is_liver_preserved", "is_ecog_due_to_tumor"}),
        entered="bclc_stage",
        applies=has_liver_disease,
    ),
    *child_pugh_values(
        BILIRUBIN,
        ALBUMIN,
        INR,
        points="child_pugh_points_computed",
        grade="child_pugh_class",
        entered="child_pugh_points",
    ),
)
