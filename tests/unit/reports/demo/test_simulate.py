from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

import enrollment
from enrollment import registry
from enrollment.calc.definition import parse
from enrollment.registry import Kind
from reports.demo.history.forms import BY_DAY, OF_TRIAL
from reports.demo.history.patients import simulate
from reports.demo.population import POPULATIONS

pytestmark = pytest.mark.once

TODAY = date(2026, 6, 1)
DEFINITIONS = {
    each.slug: parse(
        (Path(enrollment.__file__).parent / f"definitions/{each.slug}.toml").read_text()
    )
    for each in POPULATIONS
}
ids = {"ids": lambda each: each.slug}


def histories(population, *, today=TODAY):
    return list(simulate(DEFINITIONS[population.slug], population, today=today))


@pytest.mark.parametrize("population", POPULATIONS, **ids)
def test_same_seed_and_day_give_the_same_histories(population):
    assert histories(population) == histories(population)


def test_another_seed_gives_other_histories():
    assert histories(POPULATIONS[0]) != histories(replace(POPULATIONS[0], seed=0))


@pytest.mark.parametrize("population", POPULATIONS, **ids)
@pytest.mark.parametrize("later", [0, 1, 45, 400])
def test_population_ends_today_and_lasts_two_years(population, later):
    today = TODAY + timedelta(days=later)
    visits = [visit for each in histories(population, today=today) for visit in each.visits]
    days = [visit.actual_date for visit in visits if visit.actual_date]
    assert max(days) <= today
    assert today - timedelta(days=740) <= min(days) <= today - timedelta(days=640)
    # Some patients are on treatment, with visits to come.
    assert any(
        visit.outcome == "planned" and visit.planned.track in ("courses", "cycles")
        for visit in visits
    )


@pytest.mark.parametrize("population", POPULATIONS, **ids)
def test_no_date_in_the_forms_lies_in_the_future(population):
    for each in histories(population):
        forms = [*each.records, *(form for visit in each.visits for form in visit.forms)]
        dates = [
            value
            for form in forms
            for values in (form.values, *(row.values for row in form.rows))
            for value in values.values()
            if isinstance(value, date)
        ]
        assert max(dates, default=TODAY) <= TODAY
        assert all(form.entered_on is None or form.entered_on <= TODAY for form in forms)


@pytest.mark.parametrize("population", POPULATIONS, **ids)
def test_every_form_of_the_schedule_can_be_filled(population):
    scheduled = {form for visit in DEFINITIONS[population.slug].visits for form in visit.forms}
    of_their_own = {"tumor-assessment", "capsule-course", "background-treatment"}
    added = {form.name_in(population.slug): form.id for form in DEFINITIONS[population.slug].forms}
    assert {added[slug] for slug in scheduled & added.keys()} <= OF_TRIAL.keys()
    assert scheduled - added.keys() <= BY_DAY.keys() | of_their_own
    assert scheduled - added.keys() <= {spec.slug for spec in registry.all_specs(Kind.VISIT)}


@pytest.mark.parametrize("population", POPULATIONS, **ids)
def test_scans_end_with_the_first_progression(population):
    for each in histories(population):
        responses = [
            form.values.get("investigator_response")
            for visit in each.visits
            for form in visit.forms
            if form.slug == "tumor-assessment"
        ]
        assert "PD" not in responses[:-1]


def test_weight_decides_the_dose_of_lenvatinib():
    doses = set()
    for each in histories(POPULATIONS[1]):
        weights = [f.values.get("weight_kg") for v in each.visits for f in v.forms]
        first = next((weight for weight in weights if weight), None)
        for visit in each.visits:
            for form in visit.forms:
                for row in form.rows:
                    if row.values.get("drug") == "lenvatinib" and row.values["change"] == "none":
                        doses.add((first > 62, first < 58, int(row.values["dose_mg"])))
    assert {(True, False, 12), (False, True, 8)} <= doses
    assert not {(True, False, 8), (False, True, 12)} & doses
