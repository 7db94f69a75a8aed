"""What follows from the answers of forms, with what lies around them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment import registry
from enrollment.calc.definition import Scores
from enrollment.computed import computed_of, settings_of
from enrollment.models import Baseline, VitalSigns
from enrollment.quality import Scope
from enrollment.quality.run import run_checks
from enrollment.queries.computed import computed_of_records, computed_values
from outcomes.models import Laboratory

LIVER = {"bilirubin_umol_l": Decimal(14), "albumin_g_l": Decimal(39), "inr": Decimal("1.1")}
SIGNS = {"ascites": "none", "encephalopathy": "none", "weight_kg": Decimal(72)}
TUMOR = {
    "nodules": 1,
    "largest_nodule_cm": Decimal("2.0"),
    "has_portal_vein_invasion": "N",
    "has_extrahepatic_spread": "N",
    "is_end_stage_liver": "N",
}


@pytest.fixture
def store(coordinator):
    """A draft of a form with these values."""

    def create(model, visit, **values):
        who = {"created_by": coordinator, "updated_by": coordinator}
        return model.objects.create(patient=visit.patient, visit=visit, **who, **values)

    return create


@pytest.fixture
def read(visit):
    """Name to text, or to the reason in brackets, at this visit."""

    def at(slug, *, at=None, **own):
        values = computed_values(registry.get(slug), (at or visit).pk, own)
        return {value.name: value.text or f"({value.why})" for value in values}

    return at


def test_body_size_takes_the_height_of_an_earlier_visit(patient, visit, make_visit, store, read):
    assert read("vital-signs", weight_kg=Decimal(80))["bsa_m2"] == "(Missing: height.)"
    store(VitalSigns, visit, height_cm=Decimal(180))
    later = make_visit(patient, key="C2D1", on=date(2026, 1, 27), cycle=2)
    found = read("vital-signs", at=later, weight_kg=Decimal(80))
    assert found == {"bmi_kg_m2": "24.7", "bsa_m2": "2.00"}
    typed = read("vital-signs", at=later, weight_kg=Decimal(80), height_cm=Decimal(200))
    assert typed["bmi_kg_m2"] == "20.0"
    earlier = make_visit(patient, key="SCR", on=date(2026, 1, 2), cycle=3)
    assert read("vital-signs", at=earlier, weight_kg=Decimal(80))["bsa_m2"].startswith("(")


@pytest.mark.parametrize(
    ("change", "points", "grade"),
    [
        ({}, "5", "A"),
        ({"inr": Decimal("1.70")}, "6", "A"),
        ({"inr": Decimal("2.30"), "albumin_g_l": Decimal("35.0")}, "7", "B"),
        ({"inr": Decimal("2.31"), "bilirubin_umol_l": Decimal("50.1")}, "9", "B"),
    ],
)
def test_child_pugh_takes_the_signs_of_the_visit(visit, store, read, change, points, grade):
    store(VitalSigns, visit, **SIGNS)
    found = read("laboratory", **LIVER | change)
    assert (found["child_pugh_points"], found["child_pugh_class"]) == (points, grade)


def test_child_pugh_is_never_a_partial_sum(visit, store, read):
    store(VitalSigns, visit, ascites="none")
    found = read("laboratory", **LIVER | {"inr": None})
    assert found["child_pugh_points"] == "(Missing: INR, hepatic encephalopathy.)"


def test_child_pugh_keeps_the_limits_of_the_trial(visit, store, read, monkeypatch):
    settings = Scores(child_pugh_bilirubin="cholestatic", child_pugh_inr="1.7-2.2")
    monkeypatch.setattr("enrollment.computed.settings_of", lambda sha256: settings)
    store(VitalSigns, visit, **SIGNS)
    assert (
        read("laboratory", **LIVER | {"bilirubin_umol_l": Decimal(67)})["child_pugh_points"] == "5"
    )
    assert read("laboratory", **LIVER | {"inr": Decimal("2.21")})["child_pugh_points"] == "7"


def test_scores_of_the_liver_are_not_shown_where_the_trial_has_none(read, monkeypatch):
    settings = Scores(liver_disease=False)
    monkeypatch.setattr("enrollment.computed.settings_of", lambda sha256: settings)
    assert list(read("laboratory")) == [
        "corrected_calcium_mmol_l",
        "egfr_ml_min_1_73m2",
        "creatinine_clearance_ml_min",
    ]
    assert read("baseline") == {}


def test_albi_and_calcium_come_from_the_form_itself(read):
    found = read(
        "laboratory",
        bilirubin_umol_l=Decimal(17),
        albumin_g_l=Decimal(40),
        calcium_mmol_l=Decimal("2.25"),
    )
    names = ("albi_score", "albi_grade", "modified_albi_grade", "corrected_calcium_mmol_l")
    assert [found[name] for name in names] == ["-2.588", "2", "2a", "2.25"]


def test_kidney_function_takes_sex_age_and_weight(visit, store, read):
    """A woman born in May 1960, at 65."""
    own = {"creatinine_umol_l": Decimal("61.88")}  # 0.7 mg/dL, where only age counts
    assert read("laboratory", **own)["creatinine_clearance_ml_min"] == "(Missing: weight.)"
    store(VitalSigns, visit, **SIGNS)
    found = read("laboratory", **own)
    assert found["egfr_ml_min_1_73m2"] == f"{142 * 0.9938**65 * 1.012:.1f}"
    assert found["creatinine_clearance_ml_min"] == f"{75 * 72 / (72 * 0.7) * 0.85:.1f}"


def test_afp_is_compared_with_baseline_and_with_the_nadir(patient, visit, make_visit, store, read):
    first = make_visit(patient, key="SCR", on=date(2026, 1, 2), cycle=3)
    second = make_visit(patient, key="C2D1", on=date(2026, 1, 27), cycle=2)
    found = read("laboratory", afp_ug_l=Decimal(300))
    assert found["afp_change_pct"] == "(Missing: AFP at baseline.)"
    assert found["afp_nadir_change_pct"] == "(Missing: an earlier AFP.)"
    store(Baseline, first, afp_ug_l=Decimal(400))
    store(Laboratory, visit, afp_ug_l=Decimal(200))
    store(Laboratory, second, afp_ug_l=Decimal(50))
    at_first = read("laboratory", at=visit, afp_ug_l=Decimal(200))
    assert (at_first["afp_change_pct"], at_first["afp_nadir_change_pct"]) == ("-50.0", "-50.0")
    third = make_visit(patient, key="C3D1", on=date(2026, 2, 17), cycle=4)
    found = read("laboratory", at=third, afp_ug_l=Decimal(300))
    assert (found["afp_change_pct"], found["afp_nadir_change_pct"]) == ("-25.0", "500.0")


@pytest.mark.parametrize(
    ("change", "ecog", "shown"),
    [
        ({"is_liver_preserved": "Y"}, "0", "0"),
        ({}, "0", "(Missing: liver function preserved.)"),
        ({"largest_nodule_cm": Decimal("2.1")}, "0", "A"),
        ({"nodules": 3, "largest_nodule_cm": Decimal("3.0")}, "0", "A"),
        ({"nodules": 3, "largest_nodule_cm": Decimal("3.1")}, "0", "B"),
        ({"nodules": 4}, "0", "B"),
        ({"has_portal_vein_invasion": "Y"}, "1", "C"),
        ({"nodules": 4}, "2", "(Missing: ECOG 1 or 2 due to the tumor.)"),
        ({"nodules": 4, "is_ecog_due_to_tumor": "N"}, "2", "B"),
        ({"nodules": 4, "is_ecog_due_to_tumor": "Y"}, "1", "C"),
        ({}, "3", "D"),
        ({"is_end_stage_liver": "Y"}, "0", "(Missing: within transplant criteria.)"),
        ({"is_end_stage_liver": "Y", "is_transplantable": "N"}, "0", "D"),
        ({"nodules": 0}, "0", "(There is no nodule.)"),
        ({"nodules": None}, "0", "(Missing: number of liver nodules.)"),
    ],
)
def test_bclc_stage_is_suggested_with_the_ecog_of_the_visit(
    visit, store, read, change, ecog, shown
):
    store(VitalSigns, visit, ecog=ecog)
    assert read("baseline", **TUMOR | change)["bclc_stage_suggested"] == shown


def test_child_pugh_stands_beside_the_entered_score_at_baseline(visit, store, read):
    store(VitalSigns, visit, **SIGNS)
    store(Laboratory, visit, **LIVER)
    found = read("baseline")
    assert found["child_pugh_points_computed"] == "5"


def test_an_entered_score_is_compared_with_the_computed_one(visit, store):
    store(VitalSigns, visit, **SIGNS)
    store(Laboratory, visit, **LIVER)
    compared = {
        entered: [
            value.entered
            for value in computed_values(
                registry.get("baseline"), visit.pk, {"child_pugh_points": entered}
            )
        ]
        for entered in (None, 5, 6)
    }
    assert compared == {None: ["", "", ""], 5: ["", "", ""], 6: ["", "6", ""]}


@pytest.mark.parametrize(("entered", "is_wrong"), [(5, False), (6, True)])
def test_a_differing_score_is_a_finding(visit, store, save, coordinator, entered, is_wrong):
    store(VitalSigns, visit, **SIGNS)
    store(Laboratory, visit, **LIVER)
    save(Baseline(patient=visit.patient, visit=visit, child_pugh_points=entered))
    run = run_checks(Scope(visit.patient.trial, date(2026, 7, 1)), only={"DQ-060"})
    assert [place.field for _code, place in run] == ["child_pugh_points"] * is_wrong


def test_corrected_qt(read):
    assert read("ecg", qt_ms=360, heart_rate_per_min=90) == {"qtcf_ms": "412", "qtcb_ms": "441"}
    assert read("ecg", qt_ms=360)["qtcf_ms"] == "(Missing: heart rate.)"


def test_quality_of_life_says_how_many_answers_lack(read):
    found = read("qlq-c30", q1=1, q2=2, q3=1, q14=2, q29=7, q30=6)
    assert (found["pf"], found["nv"], found["ql"]) == ("88.9", "33.3", "91.7")
    assert found["fa"] == "(0 of 3 questions answered, at least 2 needed.)"
    assert found["c30summary"].startswith("(Needs all 13 scales; missing: role functioning,")


def test_stored_forms_are_computed_with_one_query_for_all(visit, patient, make_visit, store):
    later = make_visit(patient, key="C2D1", on=date(2026, 1, 27), cycle=2)
    records = [store(Laboratory, at, **LIVER) for at in (visit, later)]
    settings_of(patient.version.sha256)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = computed_of_records(registry.get("laboratory"), records)
    assert len(queries) == 1
    assert [len(found[record.pk]) for record in records] == [10, 10]


def test_every_computed_value_has_a_rule_and_a_label():
    for slug in ("vital-signs", "laboratory", "baseline", "ecg", "qlq-c30"):
        for item in computed_of(slug):
            assert str(item.rule), item.name
            assert str(item.label), item.name
