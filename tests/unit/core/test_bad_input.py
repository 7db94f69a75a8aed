"""Every kind of answer against what should never be typed: read, or refused with a sentence."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.exceptions import ValidationError

from core.calc.partial_date import PartialDate
from core.fields import (
    ChoiceField,
    DateField,
    IntegerField,
    MomentField,
    NumberField,
    PartialDateField,
    TextField,
    YesNoField,
)

FIELDS = {
    "number": NumberField("x", unit="kg", hard=(0, 300)),
    "whole number": IntegerField("x", hard=(0, 300)),
    "date": DateField("x"),
    "partial date": PartialDateField("x"),
    "moment": MomentField("x"),
    "choice": ChoiceField("x", choices=[("a", "A"), ("b", "B")]),
    "yes or no": YesNoField("x"),
    "text": TextField("x"),
    "narrative": TextField("x", max_length=2000),
}
TEXTS = {
    "huge": "9" * 400,
    "more than int() reads": "9" * 5000,
    "long": "x" * 100_000,
    "negative": "-1",
    "NaN": "NaN",
    "infinite": "-Infinity",
    "exponent": "1e999999999",
    "year 1": "0001-01-01",
    "year 9999": "9999-12-31",
    "February 30": "2026-02-30",
    "29 February of no leap year": "29feb2025",
    "month 13": "2026-13",
    "script": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE core_user; --",
    "template": "{{ 7|add:'7' }}%(x)s",
    "Unicode": "患者😀\u202eé\u0301",
    "NUL": "a\0b",
    "digits of another script": "٣٤",
    "unit alone": "kg",
    "unit that does not fit": "70 cm",
}
READ = {
    "full-width": ("１２", {"number": Decimal("12.0"), "whole number": 12}),
    "full-width date": (
        "２０２６－０６－３０",
        {"date": date(2026, 6, 30), "partial date": PartialDate("2026-06-30")},
    ),
    "empty": (
        " \u3000",
        dict.fromkeys(("number", "whole number", "date", "partial date", "moment")),
    ),
    "other unit": ("154 lb", {"number": Decimal("69.9")}),
}


def cleaned(kind, text):
    field = FIELDS[kind].formfield()
    value = field.clean(text)
    FIELDS[kind].run_validators(value)
    return value


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("kind", FIELDS)
def test_text_is_kept_as_it_is_or_refused_with_a_sentence(kind, text):
    most = FIELDS[kind].max_length if kind in ("text", "narrative") else 0
    if len(text) <= most and "\0" not in text:
        assert cleaned(kind, text) == text
        return
    with pytest.raises(ValidationError) as refused:
        cleaned(kind, text)
    assert all(len(message) > 10 for message in refused.value.messages)


@pytest.mark.parametrize("case", READ)
def test_text_that_means_something_is_read(case):
    text, wanted = READ[case]
    for kind, value in wanted.items():
        assert cleaned(kind, text) == value, kind


def test_bound_field_shows_text_as_text():
    form = type("Form", (forms.Form,), {"x": FIELDS["number"].formfield()})
    page = str(form({"x": TEXTS["script"]})["x"])
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_moment_takes_a_date_only_with_a_time():
    assert isinstance(cleaned("moment", "2026-11-21 14:05"), datetime)
    with pytest.raises(ValidationError):
        cleaned("moment", "2026-11-21")
