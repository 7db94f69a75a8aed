"""The criteria of the laboratory form, and the range that a clinical clause leaves."""

import pytest

from core.fields import captured_fields
from outcomes import catalog
from outcomes.calc.lab_grades import VERSIONS
from outcomes.calc.lab_grades.evaluate import Numbers
from outcomes.calc.lab_grades.panel import CORRECTED_CALCIUM, TESTS, criteria_of, grade
from outcomes.models import Laboratory


def graded(version, test, direction, *numbers, before=False):
    """Least grade, worst grade and clause, numbers as value, low, high, baseline."""
    [criterion] = [one for one in criteria_of(version, test) if one.direction == direction]
    found = grade(criterion, Numbers(*numbers), is_before_treatment=before)
    return found.least, found.worst, found.clause


@pytest.mark.parametrize(
    ("version", "value", "expected"),
    [
        pytest.param("5.0", 130, (1, 1, ""), id="v5 130"),
        pytest.param("5.0", 129, (2, 3, "symptoms"), id="v5 129"),
        pytest.param("5.0", 125, (2, 3, "symptoms"), id="v5 125"),
        pytest.param("5.0", 124.9, (3, 3, ""), id="v5 just under 125"),
        pytest.param("5.0", 119.9, (4, 4, ""), id="v5 just under 120"),
        pytest.param("5.0", 129.5, (1, 1, ""), id="v5 leaves 129 to 130 open"),
        pytest.param("6.0", 129.9, (2, 3, "symptoms"), id="v6 just under 130"),
        pytest.param("6.0", 124.9, (3, 3, ""), id="v6 just under 125"),
        pytest.param("4.03", 129.9, (3, 3, ""), id="v4 knows no symptoms"),
    ],
)
def test_sodium_by_symptoms(version, value, expected):
    assert graded(version, "sodium_mmol_l", "L", value, 135, 145) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_potassium_below_normal_is_1_or_with_symptoms_2(version):
    assert graded(version, "potassium_mmol_l", "L", 3.4, 3.5, 5) == (1, 2, "symptoms")
    assert graded(version, "potassium_mmol_l", "L", 3.5, 3.5, 5) == (0, 0, "")
    assert graded(version, "potassium_mmol_l", "L", 2.9, 3.5, 5) == (3, 3, "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(6.1, (0, 0, "")), (6.2, (0, 1, "fasting")), (9, (0, 2, "fasting")), (14, (3, 3, ""))],
)
def test_glucose_counts_up_to_grade_2_in_a_fasting_sample_only(value, expected):
    assert graded("4.03", "glucose_mmol_l", "H", value, 3.9, 6.1) == expected


def test_glucose_high_has_no_numbers_in_version_5():
    assert [one.direction for one in criteria_of("5.0", "glucose_mmol_l")] == ["L"]


def test_inr_against_the_baseline_counts_on_anticoagulation_only():
    assert graded("5.0", "inr", "H", 1.15, 0.8, 1.2, 1.0) == (0, 1, "anticoagulation")
    assert graded("5.0", "inr", "H", 1.3, 0.8, 1.2, 0.5) == (1, 3, "anticoagulation")
    assert graded("5.0", "inr", "H", 1.15, 0.8, 1.2) == (None, None, "")


def test_value_before_treatment_is_graded_by_the_limits_alone():
    twice_normal = (80, 5, 40, 80)
    assert graded("5.0", "alt_u_l", "H", *twice_normal, before=True)[1] == 1
    assert graded("5.0", "alt_u_l", "H", *twice_normal)[1] == 0
    assert graded("4.03", "creatinine_umol_l", "H", 80, 50, 90, before=True)[1] == 0
    assert graded("6.0", "alp_u_l", "H", 130, 40, 120, before=True)[1] == 1
    assert graded("5.0", "inr", "H", 1.15, 0.8, 1.2, before=True) == (0, 0, "")


def test_limits_that_are_not_known_leave_the_grade_open_unless_a_number_decides():
    assert graded("5.0", "hemoglobin_g_l", "L", 110)[1] is None
    assert graded("5.0", "hemoglobin_g_l", "L", 79)[1] == 3


def test_total_calcium_is_never_graded():
    assert criteria_of("5.0", "calcium_mmol_l") == ()
    assert [one.direction for one in criteria_of("5.0", CORRECTED_CALCIUM)] == ["L", "H"]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_term_is_in_the_catalog_with_the_grades_that_the_numbers_can_give(version):
    for test in TESTS:
        for criterion in criteria_of(version, test):
            given = {step.grade for step in criterion.steps}
            assert given <= set(catalog.grades(version, criterion.term)), criterion.term


def test_tests_are_fields_of_the_form_in_its_units():
    fields = {field.name: field for field in captured_fields(Laboratory)}
    for test in TESTS.values():
        unit = fields[test.limits_name].unit
        assert unit.replace("⁹", "^9").replace("µ", "u") == test.unit, test.name
