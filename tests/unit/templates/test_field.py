"""A field brings its label, limits and messages to the page."""

from django import forms
from django.template.loader import render_to_string

from core.fields import Captured


class Weight(forms.Form):
    weight_kg = forms.DecimalField(label="Weight", help_text="Without shoes.")


def field(info=None, data=None):
    form = Weight(data)
    return render_to_string("components/field.html", {"field": form["weight_kg"], "info": info})


def test_field_label_belongs_to_the_input():
    html = field()
    assert 'for="id_weight_kg"' in html
    assert 'aria-describedby="id_weight_kg_helptext"' in html
    assert 'id="id_weight_kg_helptext"' in html


def test_field_error_stands_beside_the_input():
    html = field(data={"weight_kg": "much"})
    assert 'aria-invalid="true"' in html
    assert 'id="id_weight_kg_error"' in html


def test_field_limits_come_with_the_sentences_to_show():
    html = field(Captured(unit="kg", hard=(20, 250), soft=(None, 110)))
    assert 'data-min="20"' in html
    assert 'data-max="250"' in html
    assert "Enter a value from 20 to 250 kg." in html
    assert "data-soft-min" not in html
    assert "most values are at most 110 kg" in html


def test_field_condition_names_the_field_and_its_values():
    html = field(Captured(shown_when=("has_fever", ("Y", "U"))))
    assert 'data-shown-when="has_fever=Y,U"' in html


def test_field_without_declaration_has_no_limits():
    assert "data-min" not in field()
