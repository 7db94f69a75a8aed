"""The three trial files against the numbers of their registrations."""

from decimal import Decimal

import pytest

from enrollment.calc.definition import Definition, parse
from enrollment.calc.references import parse_references

FORMS = frozenset(
    {
        "background-treatment",
        "baseline",
        "capsule-course",
        "death",
        "ecg",
        "end-of-treatment",
        "laboratory",
        "lesions",
        "qlq-c30",
        "stool-sample",
        "survival-status",
        "tumor-assessment",
        "vital-signs",
    }
)


@pytest.fixture(params=["single_arm", "randomized", "akkermansia"])
def definition(request):
    return request.getfixturevalue(request.param)


def test_stored_definition_reads_back_unchanged(definition):
    assert Definition.model_validate_json(definition.model_dump_json()) == definition


def test_definition_names_only_known_forms_and_references(
    single_arm_text, randomized_text, references_text
):
    known = parse_references(references_text).ids
    for text in (single_arm_text, randomized_text):
        assert parse(text, known_forms=FORMS, known_references=known).references


def test_scan_windows_are_seven_days_and_visit_windows_three(definition):
    for visit in definition.visits:
        if visit.id != "screening":
            days = 7 if visit.id == "scan" else 3
            assert (visit.window_before_days, visit.window_after_days) == (days, days)


@pytest.mark.parametrize("name", ["single_arm", "randomized"])
def test_liver_trials_give_240_capsules_in_4_gated_courses(name, request):
    (product,) = request.getfixturevalue(name).products

    assert product.capsules_per_course == 60
    assert product.capsules_per_course * product.courses == 240
    assert product.day_one_gate
    assert not product.is_open_ended


def test_akkermansia_is_one_capsule_every_day_without_end(akkermansia):
    (product,) = akkermansia.products

    assert product.capsules_per_course == product.course_days
    assert product.is_open_ended
    assert akkermansia.is_open_ended


def test_akkermansia_regimens_mix_cycles_of_21_and_28_days(akkermansia):
    cycle_days = {drug.id: drug.cycle_days for drug in akkermansia.background}
    regimens = {regimen.id: regimen.drugs for regimen in akkermansia.regimens}

    assert {cycle_days[drug] for drug in regimens["pd1-fruquintinib"]} == {21, 28}


def test_lenvatinib_takes_the_lower_band_at_60_kg(randomized):
    band = next(drug.weight_band for drug in randomized.background if drug.id == "lenvatinib")

    assert (band.threshold_kg, band.boundary) == (Decimal(60), "lower")
    assert (band.lower_dose_mg, band.upper_dose_mg) == (Decimal(8), Decimal(12))


def test_only_the_randomized_trial_hides_its_product(single_arm, randomized, akkermansia):
    assert [d.is_blinded for d in (single_arm, randomized, akkermansia)] == [False, True, False]
    assert "placebo" in randomized.products[0].shown_name.en
    assert single_arm.products[0].shown_name == single_arm.products[0].name


def test_quality_of_life_is_asked_before_treatment_in_each_course_and_at_its_end(definition):
    asked = [visit.id for visit in definition.visits if "qlq-c30" in visit.forms]
    assert asked == ["screening", "day-1", "end"]


def test_criteria_beyond_the_population_are_marked_as_assumed(single_arm, randomized, akkermansia):
    for definition in (single_arm, randomized):
        assert {c.source for c in definition.criteria} == {"registry", "assumed"}
    assert {c.source for c in akkermansia.criteria} == {"registry"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("en", "Course {n}, day 1"),
        ("zh-hans", "第 {n} 疗程第 1 天"),
        ("zh-cn", "第 {n} 疗程第 1 天"),
    ],
)
def test_text_is_given_in_the_language_asked_for(single_arm, code, expected):
    visit = next(visit for visit in single_arm.visits if visit.id == "day-1")

    assert visit.label.in_language(code) == expected
