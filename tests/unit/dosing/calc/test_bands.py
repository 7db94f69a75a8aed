from decimal import Decimal

import pytest

from dosing.calc.bands import starting_dose_mg
from enrollment.calc.definition import WeightBand


def band(boundary):
    return WeightBand(
        threshold_kg=Decimal(60),
        boundary=boundary,
        lower_dose_mg=Decimal(8),
        upper_dose_mg=Decimal(12),
    )


@pytest.mark.parametrize(
    ("boundary", "weight_kg", "dose_mg"),
    [
        pytest.param("lower", "59.9", 8, id="protocol, just under 60 kg"),
        pytest.param("lower", "60", 8, id="protocol, exactly 60 kg"),
        pytest.param("lower", "60.0", 8, id="protocol, exactly 60.0 kg"),
        pytest.param("lower", "60.1", 12, id="protocol, just over 60 kg"),
        pytest.param("upper", "59.9", 8, id="label, just under 60 kg"),
        pytest.param("upper", "60", 12, id="label, exactly 60 kg"),
        pytest.param("upper", "60.1", 12, id="label, just over 60 kg"),
    ],
)
def test_starting_dose_by_weight(boundary, weight_kg, dose_mg):
    assert starting_dose_mg(Decimal(weight_kg), band(boundary)) == dose_mg


@pytest.mark.parametrize("weight_kg", ["0", "-60", "NaN"])
def test_weight_that_is_none_is_refused(weight_kg):
    with pytest.raises(ValueError, match="not above 0"):
        starting_dose_mg(Decimal(weight_kg), band("lower"))
