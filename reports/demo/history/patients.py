"""The histories of a whole trial."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from enrollment.calc.definition import Definition
from reports.demo.history.accrual import draw_people
from reports.demo.history.chance import seeded
from reports.demo.history.fate import draw_fate
from reports.demo.history.forms import fill_records, fill_visit
from reports.demo.history.labs import draw_levels
from reports.demo.history.records import HeldVisit, History, Person
from reports.demo.history.scene import PAIRS, Scene
from reports.demo.history.tumor import Reader, deal_behaviors, draw_tumor
from reports.demo.history.visits import Walk
from reports.demo.population import Population


def simulate(definition: Definition, population: Population, *, today: date) -> Iterator[History]:
    """One history for each patient screened, in order of screening."""
    rng = seeded(population.seed, population.slug)
    behaviors = deal_behaviors(rng, population)
    for number, person in enumerate(draw_people(rng, definition, population, today=today)):
        own = seeded(population.seed, population.slug, number)
        if person.enrolled_on is None:
            yield History(person)
        else:
            tumor = draw_tumor(own, population.disease, behaviors.pop())
            fate = draw_fate(own, population, tumor, enrolled_on=person.enrolled_on)
            reader = Reader(tumor, own, with_viable="mrecist" in definition.trial.tumor_criteria)
            walk = Walk(definition, person, person.enrolled_on, fate, reader, own, today).go()
            yield _history(walk, population)


def _history(walk: Walk, population: Population) -> History:
    scene = Scene(
        disease=population.disease,
        walk=walk,
        levels=draw_levels(walk.rng),
        earlier_pair=walk.rng.choice(PAIRS),
        study_ended=walk.study_ended(),
    )
    visits = tuple(fill_visit(scene, held) for held in walk.held_visits())
    consents = _with_later_consents(walk.definition, walk.person, visits)
    return History(replace(walk.person, consents=consents), visits, fill_records(scene, visits))


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
