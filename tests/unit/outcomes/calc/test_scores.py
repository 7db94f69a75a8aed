"""Scores: published examples, and each threshold on both sides."""

from dataclasses import replace
from decimal import Decimal

import pytest

from outcomes.calc.scores import (
    ChildPughRules,
    TumorBurden,
    albi,
    bclc_stage,
    body_mass_index,
    body_surface_area_m2,
    change_pct,
    child_pugh,
    corrected_calcium_mmol_l,
    corrected_qt_ms,
    creatinine_clearance_ml_min,
    glomerular_filtration_ml_min,
)


def test_body():
    assert body_surface_area_m2(height_cm=180, weight_kg=80) == 2.0
    assert body_mass_index(height_cm=200, weight_kg=80) == 20.0
    with pytest.raises(ValueError, match="weight_kg must be above 0"):
        body_mass_index(height_cm=170, weight_kg=0)


WELL = {
    "bilirubin_umol_l": 10,
    "albumin_g_l": 42,
    "inr": 1.0,
    "ascites": 1,
    "encephalopathy": 1,
}


@pytest.mark.parametrize(
    ("change", "points"),
    [
        ({}, 5),
        ({"bilirubin_umol_l": 33.9}, 5),
        ({"bilirubin_umol_l": 34}, 6),
        ({"bilirubin_umol_l": 50}, 6),
        ({"bilirubin_umol_l": 50.1}, 7),
        ({"albumin_g_l": 35.1}, 5),
        ({"albumin_g_l": 35}, 6),
        ({"albumin_g_l": 28}, 6),
        ({"albumin_g_l": 27.9}, 7),
        ({"inr": 1.69}, 5),
        ({"inr": 1.7}, 6),
        ({"inr": 2.3}, 6),
        ({"inr": 2.31}, 7),
        ({"ascites": 2, "encephalopathy": 3}, 8),
    ],
)
def test_child_pugh_points(change, points):
    assert child_pugh(**WELL | change).points == points


@pytest.mark.parametrize(
    ("change", "grade"),
    [
        ({"ascites": 2}, "A"),
        ({"ascites": 3}, "B"),
        ({"ascites": 3, "encephalopathy": 3}, "B"),
        ({"ascites": 3, "encephalopathy": 3, "inr": 2}, "C"),
    ],
)
def test_child_pugh_classes(change, grade):
    assert child_pugh(**WELL | change).grade == grade


@pytest.mark.parametrize("missing", WELL)
def test_child_pugh_without_one_of_five_is_none(missing):
    assert child_pugh(**WELL | {missing: None}) is None


def test_child_pugh_by_other_limits():
    cholestatic = ChildPughRules(
        bilirubin_umol_l=(Decimal(68), Decimal(170)), inr=(Decimal("1.7"), Decimal("2.2"))
    )
    assert child_pugh(**WELL | {"bilirubin_umol_l": 60}, rules=cholestatic).points == 5
    assert child_pugh(**WELL | {"inr": 2.3}, rules=cholestatic).points == 7


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "score", "modified"),
    [(17, 40, -2.588, "2a"), (10, 45, -3.165, "1"), (50, 25, -1.004, "3"), (20, 36, -2.201, "2b")],
)
def test_albi(bilirubin, albumin, score, modified):
    found = albi(bilirubin_umol_l=bilirubin, albumin_g_l=albumin)
    assert found.score == pytest.approx(score, abs=5e-4)
    assert found.modified == modified
    assert str(found.grade) == modified[0]


def test_entered_decimals_stand_exactly_on_the_limits():
    on_limit = WELL | {"bilirubin_umol_l": Decimal("34.0"), "albumin_g_l": Decimal("35.0")}
    assert child_pugh(**on_limit | {"inr": Decimal("1.70")}).points == 8
    assert child_pugh(**WELL | {"inr": Decimal("2.30")}).points == 6
    assert child_pugh(**WELL | {"inr": Decimal("1.69")}).points == 5
    assert child_pugh(**WELL | {"inr": Decimal("2.31")}).points == 7


@pytest.mark.parametrize(
    ("albumin", "modified"),
    [
        pytest.param(38.36, "1", id="-2.6006"),
        pytest.param(38.35, "2a", id="-2.59975"),
        pytest.param(34.48, "2a", id="-2.2708"),
        pytest.param(34.47, "2b", id="-2.26995"),
        pytest.param(24.12, "2b", id="-1.3902"),
        pytest.param(24.11, "3", id="-1.38935"),
    ],
)
def test_albi_grades_on_both_sides_of_their_limits(albumin, modified):
    assert albi(bilirubin_umol_l=10, albumin_g_l=albumin).modified == modified


def test_change_of_a_marker():
    assert change_pct(value=Decimal(150), reference=Decimal(200)) == -25
    with pytest.raises(ValueError, match="reference must be above 0"):
        change_pct(value=Decimal(1), reference=Decimal(0))


SMALL = TumorBurden(
    nodules=1,
    largest_cm=2.0,
    has_portal_invasion=False,
    has_extrahepatic_spread=False,
    ecog=0,
    is_ecog_due_to_tumor=False,
    is_liver_preserved=True,
    is_end_stage_liver=False,
    is_transplantable=False,
)


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ({}, "0"),
        ({"largest_cm": 2.1}, "A"),
        ({"is_liver_preserved": False}, "A"),
        ({"nodules": 3, "largest_cm": 3.0}, "A"),
        ({"nodules": 3, "largest_cm": 3.1}, "B"),
        ({"nodules": 4}, "B"),
        ({"has_portal_invasion": True}, "C"),
        ({"has_extrahepatic_spread": True}, "C"),
        ({"ecog": 1, "is_ecog_due_to_tumor": True}, "C"),
        ({"ecog": 1}, "A"),
        ({"ecog": 3, "has_portal_invasion": True}, "D"),
        ({"is_end_stage_liver": True}, "D"),
        ({"is_end_stage_liver": True, "is_transplantable": True}, "0"),
    ],
)
def test_bclc(change, stage):
    assert bclc_stage(replace(SMALL, **change)) == stage


@pytest.mark.parametrize(
    ("creatinine_mg_dl", "age", "sex", "expected"),
    [
        pytest.param(0.9, 40, "M", 142 * 0.9938**40, id="at kappa only age counts"),
        pytest.param(0.7, 40, "F", 142 * 0.9938**40 * 1.012, id="kappa of women"),
        pytest.param(1.8, 40, "M", 142 * 0.9938**40 * 2**-1.2, id="twice kappa"),
        pytest.param(0.35, 40, "F", 142 * 0.9938**40 * 1.012 * 2**0.241, id="half of kappa"),
    ],
)
def test_glomerular_filtration(creatinine_mg_dl, age, sex, expected):
    rate = glomerular_filtration_ml_min(creatinine_umol_l=88.4 * creatinine_mg_dl, age=age, sex=sex)
    assert rate == pytest.approx(expected)


def test_creatinine_clearance():
    values = {"creatinine_umol_l": 88.4, "age": 68, "weight_kg": 72}
    assert creatinine_clearance_ml_min(**values, sex="M") == pytest.approx(72)
    assert creatinine_clearance_ml_min(**values, sex="F") == pytest.approx(61.2)


def test_corrected_qt():
    assert corrected_qt_ms(qt_ms=400, heart_rate=60) == 400
    assert corrected_qt_ms(qt_ms=360, heart_rate=90) == pytest.approx(412.1, abs=0.05)
    assert corrected_qt_ms(qt_ms=360, heart_rate=90, formula="Bazett") == pytest.approx(
        440.9, abs=0.05
    )


def test_corrected_calcium():
    corrected = corrected_calcium_mmol_l(
        calcium_mmol_l=Decimal("2.00"), albumin_g_l=Decimal("30.0")
    )
    assert corrected == Decimal("2.20")
