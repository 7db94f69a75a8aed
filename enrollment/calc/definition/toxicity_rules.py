"""Rules of the table [dose_limiting_toxicity]."""

from collections import Counter
from collections.abc import Iterator

from .document import Definition
from .problems import Broken
from .toxicity import Cohort

TABLE = "dose_limiting_toxicity"


def cohorts_are_whole(definition: Definition) -> Iterator[Broken]:
    toxicity = definition.dose_limiting_toxicity
    if toxicity is None:
        return
    ids: set[str] = set()
    for index, cohort in enumerate(toxicity.cohorts):
        if cohort.id in ids:
            yield (TABLE, "cohorts", index, "id"), f"“{cohort.id}” is already used above."
        ids.add(cohort.id)
        for key, reason in _faults(cohort):
            yield (TABLE, "cohorts", index, key), reason
        if definition.is_blinded and _names_an_arm(cohort, definition):
            reason = "Every reader of a blinded trial sees this name: leave the arms out of it."
            yield (TABLE, "cohorts", index, "name"), reason


def _faults(cohort: Cohort) -> Iterator[tuple[str, str]]:
    if cohort.allowed is not None and cohort.allowed >= cohort.size:
        yield "allowed", "Allow fewer patients with a DLT than the cohort has."
    size, allowed = cohort.expanded_size, cohort.expanded_allowed
    if (size is None) != (allowed is None):
        yield "expanded_size", "Give expanded_size and expanded_allowed together."
    if size is None or allowed is None:
        return
    if cohort.allowed is None:
        yield "allowed", "A cohort that can grow says with how many DLTs it need not."
    elif allowed <= cohort.allowed:
        yield "expanded_allowed", "The cohort that grew allows more than the first one."
    if size <= cohort.size:
        yield "expanded_size", "The cohort that grew is larger than the first one."
    if allowed >= size:
        yield "expanded_allowed", "Allow fewer patients with a DLT than the cohort has."


def _names_an_arm(cohort: Cohort, definition: Definition) -> bool:
    said = " ".join([cohort.id, cohort.name.en, cohort.name.zh_hans]).lower()
    arms = [word for arm in definition.arms for word in (arm.id, arm.name.en, arm.name.zh_hans)]
    return any(word.lower() in said for word in arms)


def terms_stand_once(definition: Definition) -> Iterator[Broken]:
    toxicity = definition.dose_limiting_toxicity
    if toxicity is None:
        return
    named = Counter([*toxicity.excepted_terms, *(each.term for each in toxicity.terms)])
    for term, times in named.items():
        if times > 1:
            yield (TABLE, "terms"), f"“{term}” stands twice among terms and excepted_terms."
