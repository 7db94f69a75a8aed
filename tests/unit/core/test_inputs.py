"""What number fields read, and what they take for a slip."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.fields.inputs import IntegerInput, NumberInput


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", "12.5"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", "0.5"),
        ("5.", "5"),
        (" 12 ", "12"),
        pytest.param("１２．５", "12.5", id="full-width"),
    ],
)
def test_number_as_people_type_it_is_read(text, value):
    assert NumberInput().clean(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("60.49 斤", "30.2"), ("60.5 斤", "30.3"), ("60.7 斤", "30.4"), ("60.9 斤", "30.5")],
)
def test_converted_number_is_rounded_as_people_round(text, value):
    weight = NumberInput(max_digits=9, decimal_places=1)
    weight.unit = "kg"
    assert weight.clean(text) == Decimal(value)
    with pytest.raises(ValidationError, match="Enter a number"):
        weight.clean(f"{'9' * 32} 斤")


SLIPS = ["NaN", "sNaN", "Infinity", "-inf", "1e999", "1e2", "1_000", "0x10", "1,5", "٣", "1 2", "."]


@pytest.mark.parametrize("text", SLIPS)
def test_number_that_only_python_reads_is_refused(text):
    with pytest.raises(ValidationError, match="Enter a number"):
        NumberInput().clean(text)


@pytest.mark.parametrize(("text", "value"), [("12", 12), ("-3", -3), ("12.0", 12), ("１２", 12)])
def test_whole_number_as_people_type_it_is_read(text, value):
    assert IntegerInput().clean(text) == value


@pytest.mark.parametrize("text", [*SLIPS, "12.5", "9" * 20])
def test_whole_number_that_only_python_reads_is_refused(text):
    with pytest.raises(ValidationError, match="Enter a whole number"):
        IntegerInput().clean(text)


def test_empty_number_is_none():
    assert NumberInput(required=False).clean("") is None
    assert IntegerInput(required=False).clean("") is None
