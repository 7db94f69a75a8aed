"""What one declaration of a captured field gives to the form, the database and the codebook."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.calc.partial_date import PartialDate
from core.fields import (
    ChoiceField,
    DateField,
    IntegerField,
    NumberField,
    PartialDateField,
    TextField,
    YesNoField,
    captured_fields,
)
from enrollment.models import EndOfStudy

CODES = [(str(number), f"code {number}") for number in range(1, 8)]

LABELED = {
    NumberField: {"unit": "kg", "hard": (20, 300), "soft": (35, 130)},
    IntegerField: {"unit": "points", "hard": (5, 15)},
    DateField: {"may_be_missing": False},
    TextField: {"required": False, "shown_when": ("other", ("Y",))},
    ChoiceField: {"choices": CODES},
    YesNoField: {"reveals": "the arm"},
    PartialDateField: {"help_text": "as known"},
}
each_field = pytest.mark.parametrize("field_class", LABELED, ids=lambda field: field.__name__)


@each_field
def test_migration_holds_nothing_but_the_column(field_class):
    declared = field_class("weight", **LABELED[field_class])
    plain = field_class("")
    assert declared.deconstruct()[1:] == plain.deconstruct()[1:]
    assert not {"unit", "choices", "validators", "help_text"} & declared.deconstruct()[3].keys()


@each_field
def test_field_made_from_a_migration_is_the_same_column(field_class):
    declared = field_class("weight", **LABELED[field_class])
    _name, _path, arguments, options = declared.deconstruct()
    again = field_class(*arguments, **options)
    assert again.deconstruct()[1:] == declared.deconstruct()[1:]
    assert (again.null, again.max_length) == (declared.null, declared.max_length)


def test_column_keeps_what_matters_to_the_database():
    assert NumberField("dose", places=2).deconstruct()[3] == {"places": 2}
    assert TextField("comment", max_length=500).deconstruct()[3]["max_length"] == 500


@each_field
def test_every_column_can_be_empty(field_class):
    field = field_class("x", **LABELED[field_class])
    assert field.blank
    assert field.empty_value == (None if field.null else "")
    assert field.formfield().required is False


WEIGHT = NumberField("weight", unit="kg", hard=(20, 300))


@pytest.mark.parametrize("value", ["20", "20.0", "300", "299.9"])
def test_value_on_or_within_the_hard_limits_is_taken(value):
    assert WEIGHT.clean(value, None) == Decimal(value)


@pytest.mark.parametrize("value", ["19.9", "300.1", "-20"])
def test_value_beyond_the_hard_limits_is_refused_with_limits_and_unit(value):
    with pytest.raises(ValidationError, match=r"Enter a value from 20 to 300 kg\."):
        WEIGHT.clean(value, None)


@pytest.mark.parametrize(
    ("hard", "inside", "outside", "sentence"),
    [
        ((None, 10), 10, 11, r"Enter at most 10 points\."),
        ((5, None), 5, 4, r"Enter at least 5 points\."),
    ],
)
def test_limit_on_one_side_says_that_side(hard, inside, outside, sentence):
    field = IntegerField("score", unit="points", hard=hard)
    assert field.clean(inside, None) == inside
    with pytest.raises(ValidationError, match=sentence):
        field.clean(outside, None)


def test_soft_limits_refuse_nothing():
    field = NumberField("weight", unit="kg", soft=(35, 130))
    assert field.clean(Decimal(20), None) == 20


@pytest.mark.parametrize(("typed", "is_taken"), [("71.5", True), ("71.55", False)])
def test_decimal_places_are_those_of_the_column(typed, is_taken):
    try:
        assert WEIGHT.formfield().clean(typed) == Decimal(typed)
    except ValidationError:
        assert not is_taken
    else:
        assert is_taken


@pytest.mark.parametrize(
    ("field", "widget", "first"),
    [
        pytest.param(ChoiceField("x", choices=CODES[:6]), forms.RadioSelect, "1", id="six"),
        pytest.param(ChoiceField("x", choices=CODES), forms.Select, "", id="seven"),
        pytest.param(YesNoField("x"), forms.RadioSelect, "Y", id="yes or no"),
    ],
)
def test_few_choices_are_radio_buttons_and_more_a_list(field, widget, first):
    shown = field.formfield()
    assert type(shown.widget) is widget
    assert next(iter(shown.choices))[0] == first


def test_choice_takes_its_codes_only():
    field = ChoiceField("x", choices=CODES[:2]).formfield()
    assert field.clean("2") == "2"
    with pytest.raises(ValidationError):
        field.clean("3")


@pytest.mark.parametrize(
    ("options", "allows"),
    [({}, True), ({"required": False}, False), ({"may_be_missing": False}, False)],
)
def test_missing_code_is_offered_where_a_value_is_asked_for(options, allows):
    assert DateField("x", **options).allows_missing_code is allows


@pytest.mark.parametrize("text", ["2026", "2026-11", "2026-11-21"])
def test_partial_date_is_stored_as_entered(text):
    field = PartialDateField("start")
    value = field.formfield().clean(text)
    assert value == PartialDate(text)
    assert field.get_prep_value(value) == text
    assert field.from_db_value(text, None, None) == value


@pytest.mark.parametrize(
    ("typed", "kept"), [("21nov26", "2026-11-21"), ("２０２６-１１", "2026-11"), (" 2026 ", "2026")]
)
def test_partial_date_is_read_as_people_type_it(typed, kept):
    assert str(PartialDateField("start").formfield().clean(typed)) == kept


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-02-30", "0001", "1899", "2101", "26", "2026-1", "soon", "2026\0"]
)
def test_partial_date_that_is_none_is_refused_everywhere(text):
    field = PartialDateField("start")
    for read in (field.formfield().clean, field.to_python, field.get_prep_value):
        with pytest.raises(ValidationError, match="2026-11"):
            read(text)


def test_empty_partial_date_is_none():
    field = PartialDateField("start")
    assert field.formfield().clean("") is None
    assert field.get_prep_value("") is None
    assert field.from_db_value(None, None, None) is None


def test_unchanged_partial_date_is_not_a_change():
    field = PartialDateField("start").formfield()
    assert not field.has_changed(PartialDate("2026-11"), "2026-11 ")
    assert not field.has_changed(PartialDate("2026-11"), "２０２６-１１")
    assert field.has_changed(PartialDate("2026-11"), "2026-12")
    assert field.has_changed(PartialDate("2026-11"), "")


@pytest.mark.parametrize("typed", ["2026-11-21", "21-11-2026", "21nov26"])
def test_date_is_read_in_every_spelling_and_shown_as_iso(typed):
    field = DateField("x").formfield()
    assert field.clean(typed) == date(2026, 11, 21)
    assert field.prepare_value(date(2026, 11, 21)) == "2026-11-21"
    assert not field.has_changed(date(2026, 11, 21), typed)


@pytest.mark.parametrize(
    ("typed", "is_taken"),
    [("1899-12-31", False), ("1900-01-01", True), ("2100-12-31", True), ("2101-01-01", False)],
)
def test_date_is_of_these_two_centuries(typed, is_taken):
    field = DateField("x").formfield()
    if is_taken:
        assert field.clean(typed).isoformat() == typed
    else:
        with pytest.raises(ValidationError, match="between 1900 and 2100"):
            field.clean(typed)


def test_captured_fields_of_a_model_come_in_order_and_without_others():
    names = [field.name for field in captured_fields(EndOfStudy)]
    assert names == ["ended_on", "reason", "reason_text", "last_known_alive_on"]
