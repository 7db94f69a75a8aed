"""Who was screened when, who failed which criterion, and who enrolled."""

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from core.calc.partial_date import PartialDate
from enrollment.calc.definition import Consent, Definition
from reports.demo.history.chance import happens, on_weekday, varied, weighted, within
from reports.demo.history.records import Person
from reports.demo.population import Population

ACCRUAL_DAYS = 722
LAST_ENROLLMENT_DAYS = 9
"""Days before today of the last enrollment."""


def draw_people(
    rng: Random, definition: Definition, population: Population, *, today: date
) -> list[Person]:
    """In order of screening: the enrolled, the screen failures and one who is in screening."""
    opened = max(
        today - timedelta(days=ACCRUAL_DAYS),
        min(consent.valid_from for consent in definition.consents) + timedelta(days=14),
    )
    days = (today - opened).days - LAST_ENROLLMENT_DAYS
    people = [
        _enrolled(rng, definition, population, on=on_weekday(opened + timedelta(days=day)))
        for day in _accrual_days(rng, population.enrolled, days)
    ]
    people += [
        _failure(rng, definition, population, on=opened + timedelta(days=day))
        for day in _accrual_days(rng, population.screen_failures, days)
    ]
    waiting = on_weekday(today - timedelta(days=3))
    people.append(_person(rng, definition, population, screened_on=waiting, failed=()))
    return sorted(people, key=lambda person: person.screened_on)


def _accrual_days(rng: Random, patients: int, days: int) -> list[int]:
    """Spread over the time, with a slow start: the second half brings in more than the first."""
    return sorted(
        int(days * within((i + rng.random()) / patients, 0, 1) ** 0.85) for i in range(patients)
    )


def _enrolled(rng: Random, definition: Definition, population: Population, *, on: date) -> Person:
    screened_on = on_weekday(on - timedelta(days=rng.randint(4, 12)))
    return _person(rng, definition, population, screened_on=screened_on, failed=(), enrolled_on=on)


def _failure(rng: Random, definition: Definition, population: Population, *, on: date) -> Person:
    ids = [criterion.id for criterion in definition.criteria]
    failed = rng.sample(ids, 2 if happens(rng, 0.15) else 1)
    in_order = tuple(key for key in ids if key in failed)
    return _person(rng, definition, population, screened_on=on_weekday(on), failed=in_order)


def _person(
    rng: Random,
    definition: Definition,
    population: Population,
    *,
    screened_on: date,
    failed: tuple[str, ...],
    enrolled_on: date | None = None,
) -> Person:
    is_male = happens(rng, 0.8 if population.disease == "hcc" else 0.58)
    age = int(within(rng.gauss(58, 9), 30, 74))
    height_cm = round(within(rng.gauss(169 if is_male else 159, 6), 145, 190))
    sites = [(site.code, float(site.target_size)) for site in definition.sites]
    return Person(
        site_code=weighted(rng, sites),
        sex="M" if is_male else "F",
        born_on=_birth(rng, screened_on, age),
        screened_on=screened_on,
        answers={
            item.id: "Y" if (item.kind == "inclusion") != (item.id in failed) else "N"
            for item in definition.criteria
        },
        failed=failed,
        consents=_consents(definition.consents, screened_on),
        regimen=rng.choice(definition.regimens).id if definition.regimens else "",
        enrolled_on=enrolled_on,
        ecog=weighted(rng, ((0, 0.4), (1, 0.52), (2, 0.08))),
        weight_kg=within(varied(rng, (height_cm - 100) * 0.96, 0.13), 42, 105),
        height_cm=height_cm,
    )


def _birth(rng: Random, screened_on: date, age: int) -> PartialDate:
    """Mostly month and year, as many sites keep it; the age is reached by screening."""
    born = screened_on - timedelta(days=round(age * 365.25) + rng.randint(40, 320))
    return PartialDate(born.isoformat()[: weighted(rng, ((4, 0.2), (7, 0.6), (10, 0.2)))])


def _consents(versions: Iterable[Consent], signed_on: date) -> tuple[tuple[str, date], ...]:
    """The newest version in use on that day."""
    valid = [consent for consent in versions if consent.valid_from <= signed_on]
    newest = max(valid, key=lambda consent: consent.valid_from)
    return ((newest.version, signed_on),)
