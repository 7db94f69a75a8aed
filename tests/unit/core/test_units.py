"""Factors are those of the SI conversion table of the AMA Manual of Style, 11th edition, 17.5."""

from decimal import Decimal

import pytest

from core.calc.units import UnknownUnit, convert, split_unit

BILIRUBIN, CREATININE, GLUCOSE = Decimal("584.66"), Decimal("113.12"), Decimal("180.156")


@pytest.mark.parametrize(
    ("value", "typed", "unit", "mass", "expected"),
    [
        pytest.param("1", "mg/dL", "µmol/L", BILIRUBIN, "17.104", id="bilirubin"),
        pytest.param("1", "mg/dl", "μmol/L", CREATININE, "88.40", id="creatinine, Greek letter"),
        pytest.param("100", "mg/dL", "mmol/L", GLUCOSE, "5.55", id="glucose"),
        pytest.param("12.5", "g/dL", "g/L", None, "125", id="hemoglobin"),
        pytest.param("4500", "/µL", "10⁹/L", None, "4.5", id="leukocytes"),
        pytest.param("4.5", "10^9/L", "10⁹/L", None, "4.5", id="another spelling"),
        pytest.param("20", "ng/mL", "µg/L", None, "20", id="AFP"),
        pytest.param("1", "µkat/L", "U/L", None, "60", id="enzymes"),
        pytest.param("154", "lb", "kg", None, "69.85", id="pounds"),
        pytest.param("140", "斤", "kg", None, "70", id="jin"),
        pytest.param("1.72", "m", "cm", None, "172", id="height"),
        pytest.param("98.6", "°F", "°C", None, "37", id="Fahrenheit"),
        pytest.param("37", "℃", "°C", None, "37", id="one sign"),
    ],
)
def test_value_in_the_stored_unit(value, typed, unit, mass, expected):
    found = convert(Decimal(value), typed, unit, molar_mass=mass)
    assert found.quantize(Decimal(expected)) == Decimal(expected)


@pytest.mark.parametrize(
    ("typed", "unit", "mass"),
    [
        pytest.param("mg/dL", "µmol/L", None, id="no molar mass"),
        pytest.param("lb", "cm", None, id="another quantity"),
        pytest.param("furlong", "cm", None, id="no unit"),
        pytest.param("kg", "", None, id="none stored"),
    ],
)
def test_unit_that_does_not_fit_is_refused(typed, unit, mass):
    with pytest.raises(UnknownUnit):
        convert(Decimal(1), typed, unit, molar_mass=mass)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1.2 mg/dL", ("1.2", "mg/dL")),
        ("4500/µL", ("4500", "/µL")),
        ("4.5 10^9/L", ("4.5", "10^9/L")),
        (" 12 ", ("12", "")),
    ],
)
def test_text_is_split_into_number_and_unit(text, parts):
    assert split_unit(text) == parts


@pytest.mark.parametrize("text", ["mg/dL", "", "NaN", "1.2.3e"])
def test_text_without_a_number_is_refused(text):
    with pytest.raises(ValueError, match="no number"):
        if split_unit(text)[1]:
            raise ValueError("no number")
