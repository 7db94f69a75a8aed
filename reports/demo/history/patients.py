"""The histories of a whole trial."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from random import Random

from enrollment.calc.definition import Definition
from reports.demo.history.accrual import draw_people
from reports.demo.history.fate import draw_fate
from reports.demo.history.forms import fill_records, fill_visit
from reports.demo.history.labs import Levels
from reports.demo.history.records import HeldVisit, History, Person
from reports.demo.history.scene import PAIRS, Scene
from reports.demo.history.tumor import Reader, draw_tumor
from reports.demo.history.visits import Walk
from reports.demo.population import Population


def simulate(
    definition: Definition, population: Population, *, seed: int, today: date
) -> Iterator[History]:
    """One history for each patient screened, in order of screening."""
    rng = Random(f"{seed} {population.slug}")
    for number, person in enumerate(draw_people(rng, definition, population, today=today)):
        own = Random(f"{seed} {population.slug} {number}")
        if person.enrolled_on is None:
            yield History(person)
        else:
            yield _history(own, definition, population, person, person.enrolled_on, today)


def _history(
    rng: Random,
    definition: Definition,
    population: Population,
    person: Person,
    enrolled_on: date,
    today: date,
) -> History:
    tumor = draw_tumor(rng, population)
    fate = draw_fate(rng, population, tumor, enrolled_on=enrolled_on)
    reader = Reader(tumor, rng, with_viable="mrecist" in definition.trial.tumor_criteria)
    walk = Walk(definition, person, fate, reader, rng, today).go()
    scene = Scene(
        disease=population.disease,
        definition=definition,
        person=person,
        tumor=tumor,
        fate=fate,
        walk=walk,
        earlier_pair=rng.choice(PAIRS),
        study_ended=walk.study_ended(),
        rng=rng,
        today=today,
    )
    levels = Levels.draw(rng)
    visits = tuple(fill_visit(scene, levels, held) for held in walk.held_visits())
    person = replace(person, consents=_with_later_consents(definition, person, visits))
    return History(person, visits, fill_records(scene, visits))


def _with_later_consents(
    definition: Definition, person: Person, visits: tuple[HeldVisit, ...]
) -> tuple[tuple[str, date], ...]:
    """A new version of the consent form is signed at the next visit at which forms are filled."""
    consents = list(person.consents)
    days = sorted(held.actual_date for held in visits if held.actual_date and held.forms)
    for consent in sorted(definition.consents, key=lambda consent: consent.valid_from):
        later = [day for day in days if day >= consent.valid_from > consents[-1][1]]
        if later:
            consents.append((consent.version, later[0]))
    return tuple(consents)
