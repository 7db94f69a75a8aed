import re
from dataclasses import replace

import pytest

from core.fields import captured_fields
from enrollment import registry
from enrollment.models import Baseline, EndOfStudy, PriorTherapy, Visit, VitalSigns
from enrollment.registry import FormSpec, Kind


@pytest.fixture
def empty(monkeypatch):
    monkeypatch.setattr(registry, "_specs", {})


SIGNS = FormSpec("signs", VitalSigns, "signs")


def test_registered_form_is_found_by_its_slug(empty):
    registry.register(SIGNS)
    assert registry.get("signs") is SIGNS
    assert registry.slugs() == {"signs"}


def test_unknown_slug_is_a_key_error(empty):
    with pytest.raises(KeyError):
        registry.get("signs")


def test_two_forms_of_one_slug_are_refused(empty):
    registry.register(SIGNS)
    with pytest.raises(ValueError, match="two forms are called signs"):
        registry.register(FormSpec("signs", Baseline, "baseline"))
    assert registry.get("signs") is SIGNS


def test_form_may_be_registered_again(empty):
    registry.register(SIGNS)
    again = replace(SIGNS, table="other")
    registry.register(again)
    assert registry.get("signs") is again


@pytest.mark.parametrize(
    ("model", "kind"),
    [(VitalSigns, Kind.VISIT), (EndOfStudy, Kind.PATIENT), (PriorTherapy, Kind.LOG)],
)
def test_kind_is_what_the_form_is_built_on(empty, model, kind):
    spec = FormSpec("x", model, "x")
    registry.register(spec)
    assert spec.kind is kind
    assert list(registry.all_specs(kind)) == [spec]
    assert not any(list(registry.all_specs(other)) for other in Kind if other is not kind)


def test_forms_of_a_visit_come_in_the_order_of_the_definition():
    visit = Visit(forms=["vital-signs", "baseline"])
    assert [spec.slug for spec in registry.specs_at(visit)] == ["vital-signs", "baseline"]


def test_form_without_sections_shows_every_field_in_one():
    [section] = SIGNS.layout
    assert list(section.fields) == [field.name for field in captured_fields(VitalSigns)]


def test_log_shows_the_columns_of_its_summary_or_all():
    therapy = FormSpec("x", PriorTherapy, "x", summary=("line", "drugs"))
    assert [field.name for field in therapy.log_columns] == ["line", "drugs"]
    assert len(replace(therapy, summary=()).log_columns) == len(captured_fields(PriorTherapy))


@pytest.mark.parametrize("spec", list(registry.all_specs()), ids=lambda spec: spec.slug)
def test_shipped_form_shows_each_field_exactly_once(spec):
    shown = [name for section in spec.layout for name in section.fields]
    assert sorted(shown) == sorted(field.name for field in spec.fields)


def test_names_of_exported_tables_are_short_plain_and_taken_once():
    specs = list(registry.all_specs())
    tables = [spec.table for spec in specs] + [spec.rows.table for spec in specs if spec.rows]
    assert len(tables) == len(set(tables))
    assert [name for name in tables if not re.fullmatch("[a-z][a-z0-9_]{0,31}", name)] == []
