"""The mechanism of computed values, whatever is computed."""

from decimal import Decimal

import pytest

from enrollment import computed
from enrollment.computed import SETTINGS, Around, Computed, Lacking, Missing, register_computed
from enrollment.models import VitalSigns

LABELS = {"a": "the first", "b": "the second"}


def value(compute, **options):
    return Computed("sum", "sum", "", ("a", "b"), compute, **options)


def test_a_missing_input_gives_no_value_and_is_named():
    item = value(lambda a, b: a + b)
    with pytest.raises(Lacking, match="Missing: the first, the second."):
        item.of({"a": None, "b": ""}, LABELS)
    assert item.of({"a": 0, "b": 2}, LABELS) == 2


def test_an_optional_input_may_be_asked_for_after_all():
    def compute(a, b):
        if b is None:
            raise Missing("b")
        return a + b

    item = value(compute, optional=frozenset("b"))
    with pytest.raises(Lacking, match="Missing: the second."):
        item.of({"a": 1}, LABELS)


def test_values_from_which_nothing_follows_are_no_error():
    def compute(a, b):
        raise ValueError("a must be above 0")

    with pytest.raises(Lacking, match="Nothing follows from these values."):
        value(compute).of({"a": 0, "b": 1}, LABELS)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [(2.345, "2.35"), (Decimal("2.345"), "2.35"), (7, "7.00")],
)
def test_numbers_are_rounded_half_up(raw, shown):
    assert str(value(lambda a, b: raw, places=2).of({"a": 1, "b": 1}, LABELS)) == shown


def test_codes_and_whole_numbers_stay_as_they_are():
    assert value(lambda a, b: "2a").of({"a": 1, "b": 1}, LABELS) == "2a"


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(Computed("weight_kg", "", "", (), int), id="name of a field"),
        pytest.param(Computed("x", "", "", ("mass_kg",), int), id="input that is no field"),
        pytest.param(
            Computed("x", "", "", (Around("ecog", "", str),), int), id="input named as a field"
        ),
    ],
)
def test_a_declaration_that_does_not_fit_the_form_is_refused(monkeypatch, item):
    monkeypatch.setattr(computed, "_computed", {})
    with pytest.raises(ValueError, match="does not fit"):
        register_computed("vital-signs", VitalSigns, item)
    assert computed.computed_of("vital-signs") == []


def test_settings_are_those_of_the_patients_version(make_patient):
    patient = make_patient()
    found = computed.settings_of(patient.version.sha256)
    assert found == patient.version.definition.scores
    assert SETTINGS.find("visit__") == "visit__patient__version__sha256"
