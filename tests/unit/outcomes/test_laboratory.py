import pytest

from core.fields import captured_fields
from outcomes.models import Laboratory

TESTS = [field for field in captured_fields(Laboratory) if field.name != "sampled_on"]


def test_every_test_has_limits_and_all_but_the_ratio_a_unit():
    for field in TESTS:
        (low, high), (usual_low, usual_high) = field.captured.hard, field.captured.soft
        assert low <= usual_low < usual_high <= high, field.name
    assert [field.name for field in TESTS if not field.unit] == ["inr"]


@pytest.mark.parametrize(
    ("name", "value", "is_refused"),
    [
        ("hemoglobin_g_l", "250", False),
        ("hemoglobin_g_l", "250.1", True),
        ("hemoglobin_g_l", "13.5", True),
        ("potassium_mmol_l", "1", False),
        ("potassium_mmol_l", "0.99", True),
    ],
)
def test_values_outside_the_hard_limits_are_refused(patient, visit, fill, name, value, is_refused):
    form = fill(Laboratory(patient=patient, visit=visit), {name: value}, complete=False).form
    assert (name in form.errors) is is_refused


def test_markers_may_stay_empty_but_a_count_is_asked_for(patient, visit, fill):
    errors = fill(Laboratory(patient=patient, visit=visit), {}).form.errors
    assert "platelets_10e9_l" in errors
    assert "afp_ug_l" not in errors


def test_a_missing_code_answers_for_a_count(patient, visit, fill):
    values = {"platelets_10e9_l__missing": "ND"}
    form = fill(Laboratory(patient=patient, visit=visit), values).form
    assert "platelets_10e9_l" not in form.errors
