"""Rules between the tables that say what is estimated, and in whom."""

from collections.abc import Iterator

from .document import Definition
from .problems import Broken


def populations_are_whole(definition: Definition) -> Iterator[Broken]:
    for index, population in enumerate(definition.populations):
        is_per_protocol = population.rule == "per_protocol"
        if is_per_protocol and not population.has_conditions:
            yield (
                ("populations", index, "rule"),
                "Say what per protocol asks for: minimum_compliance_percent,"
                " without_major_deviation or with_follow_up_scan.",
            )
        if population.has_conditions and not is_per_protocol:
            reason = "Conditions belong to the rule per_protocol only."
            yield ("populations", index, "rule"), reason


def comparisons_fit_the_trial(definition: Definition) -> Iterator[Broken]:
    endpoints = definition.endpoints
    factors = definition.randomization.strata if definition.randomization else ()
    known = {factor.id for factor in factors}
    arms = [arm.id for arm in definition.arms]
    if endpoints.reference_arm is not None and endpoints.reference_arm not in arms:
        reason = f"“{endpoints.reference_arm}” is not an id in arms."
        yield ("endpoints", "reference_arm"), reason
    for name in endpoints.stratified_by or ():
        if name not in known:
            reason = f"“{name}” is not a factor of the randomization."
            yield ("endpoints", "stratified_by"), reason


def two_stages_are_apart(definition: Definition) -> Iterator[Broken]:
    design = definition.endpoints.two_stage
    if design is None:
        return
    if design.null_rate >= design.target_rate:
        reason = "The target rate must be above the null rate."
        yield ("endpoints", "two_stage", "target_rate"), reason
    if design.population not in {population.id for population in definition.populations}:
        reason = f"“{design.population}” is not an id in populations."
        yield ("endpoints", "two_stage", "population"), reason
