"""All forms of all apps, as the registry knows them once Django has started."""

from pathlib import Path

import pytest

from enrollment import registry
from enrollment.calc.definition import parse

DEFINITIONS = sorted((Path(__file__).parents[3] / "enrollment" / "definitions").glob("*.toml"))
TRIALS = [path for path in DEFINITIONS if path.stem != "references"]
SPECS = [pytest.param(spec, id=spec.slug) for spec in registry.all_specs()]


def test_forms_of_the_main_job_are_registered():
    assert registry.slugs() >= {
        "adverse-events",
        "background-treatment",
        "capsule-course",
        "death",
        "laboratory",
        "lesions",
        "stool-sample",
        "survival-status",
        "tumor-assessment",
    }


@pytest.mark.parametrize("path", TRIALS, ids=lambda path: path.stem)
def test_trial_names_only_forms_that_exist(path):
    definition = parse(path.read_text(encoding="utf-8"), known_forms=registry.slugs())
    for visit in definition.visits:
        for slug in visit.forms:
            own = definition.own_form(slug)
            kind = own.kind if own is not None else registry.get(slug).kind
            assert kind == registry.Kind.VISIT


@pytest.mark.parametrize("spec", SPECS)
def test_sections_show_every_field_once(spec):
    shown = [name for section in spec.layout for name in section.fields]
    assert sorted(shown) == sorted(field.name for field in spec.fields)


@pytest.mark.parametrize("spec", SPECS)
def test_conditions_name_a_field_and_values_that_it_can_take(spec):
    models = [spec.model, *([spec.rows.model] if spec.rows else [])]
    for model in models:
        for field in registry.captured_fields(model):
            if field.captured.shown_when is None:
                continue
            other, values = field.captured.shown_when
            choices = dict(model._meta.get_field(other).choices or ())
            assert not choices or set(values) <= {str(code) for code in choices}, field.name


def test_tables_have_short_and_different_names():
    specs = list(registry.all_specs())
    tables = [spec.table for spec in specs] + [spec.rows.table for spec in specs if spec.rows]
    assert len(set(tables)) == len(tables)
    assert max(map(len, tables)) <= 32
