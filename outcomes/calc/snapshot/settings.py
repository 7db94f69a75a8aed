"""What a trial's definition says about its endpoints, in the words of the engine.

Light enough for the web: no pandas.
"""

from enrollment.calc.definition import Definition
from enrollment.calc.definition import Population as DefinedPopulation
from outcomes.calc.rules import PRESETS, EndpointRules
from outcomes.calc.snapshot.summary import Criteria

SAFETY_PART, QUALITY_OF_LIFE_PART = "safety", "quality-of-life"
"""Names under which a snapshot stores these parts."""


def endpoint_rules(definition: Definition) -> EndpointRules:
    """The preset, with the definition's own days and then its overrides on top.

    Raises:
        ValueError: an override is unknown, or has a value that the setting cannot take.
    """
    endpoints = definition.endpoints
    settings = {
        "min_sd_days": endpoints.minimum_sd_days,
        "benefit_days": endpoints.minimum_sd_days,
        "confirmation_days": endpoints.confirmation_days,
    }
    return EndpointRules.from_mapping(
        settings | endpoints.overrides, preset=PRESETS[endpoints.preset]
    )


def needs_confirmation(definition: Definition) -> bool:
    return definition.endpoints.confirmation_days > 0


def criteria_of(definition: Definition) -> list[Criteria]:
    """In the order of the definition: the first one leads."""
    return list(definition.trial.tumor_criteria)


def population(definition: Definition, name: str) -> DefinedPopulation:
    """
    Raises:
        StopIteration: the definition has no such population; its checks refuse that.
    """
    return next(row for row in definition.populations if row.id == name)


def results_part(population: str, criteria: Criteria) -> str:
    """The name under which a snapshot stores the results of a population by these criteria."""
    return f"results:{population}:{criteria}"
