"""What a trial's definition says about its endpoints, in the words of the engine.

Light enough for the web: no pandas.
"""

from collections.abc import Iterator
from dataclasses import replace

from enrollment.calc.definition import Definition, Reader
from enrollment.calc.definition import Population as DefinedPopulation
from enrollment.calc.definition.problems import Broken
from outcomes.calc.rules import PRESETS, EndpointRules
from outcomes.calc.snapshot.summary import Criteria

SAFETY_PART, QUALITY_OF_LIFE_PART = "safety", "quality-of-life"
SAFETY_BY_ARM_PART = "groups:safety"
READINGS_PART = "readings"
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
    rules = EndpointRules.from_mapping(
        settings | endpoints.overrides, preset=PRESETS[endpoints.preset]
    )
    week = endpoints.clinical_benefit_week
    if week is None or "benefit_days" in endpoints.overrides:
        return rules
    # The scan of that week may come as early as its window opens, as with stable disease.
    return replace(rules, benefit_days=max(0, 7 * week - rules.visit_window_days))


def endpoint_problems(definition: Definition) -> Iterator[Broken]:
    """What is wrong with the overrides, each at its own key."""
    for name, value in definition.endpoints.overrides.items():
        try:
            EndpointRules.from_mapping({name: value})
        except ValueError as error:
            yield ("endpoints", "overrides", name), str(error)


def needs_confirmation(definition: Definition) -> bool:
    return definition.endpoints.confirmation_days > 0


def criteria_of(definition: Definition) -> list[Criteria]:
    """In the order of the definition: the first one leads."""
    return list(definition.trial.tumor_criteria)


def first_reader(definition: Definition) -> Reader:
    """Whose reading is taken where nobody decides for the other one."""
    return "investigator" if definition.endpoints.reader == "investigator" else "central"


def other_reader(definition: Definition) -> Reader:
    return "central" if definition.endpoints.reader == "investigator" else "investigator"


def population(definition: Definition, name: str) -> DefinedPopulation:
    """
    Raises:
        StopIteration: the definition has no such population; its checks refuse that.
    """
    return next(row for row in definition.populations if row.id == name)


def results_part(population: str, criteria: Criteria) -> str:
    """The name under which a snapshot stores the results of a population by these criteria."""
    return f"results:{population}:{criteria}"


def groups_part(population: str, criteria: Criteria) -> str:
    """The same for the results by arm; there are none while the arms are a secret."""
    return f"groups:{population}:{criteria}"
