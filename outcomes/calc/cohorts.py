"""The cohorts of a Phase I trial: who is in which, and what their rule says.

Patients fill the cohorts of the definition in the order of enrollment. The last cohort takes
everybody who is left. A cohort that may grow does so when its first places are taken and more of
them have a DLT than it allows. Source of the usual such design (3+3): Storer 1989, Biometrics
45:925.

Whoever was in a cohort when somebody decided about it stays there, whatever is entered later: the
decision rests on these patients.
"""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from enrollment.calc.definition import Cohort, DoseLimitingToxicity
from outcomes.calc.toxicity import Assessed, State


class Verdict(StrEnum):
    """What the rule says. People decide, and may decide otherwise."""

    NO_RULE = "no-rule"
    WAIT = "wait"
    EXPAND = "expand"
    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True)
class FilledCohort:
    """`size`: places as they are now, `allowed`: most patients with a DLT at that size."""

    id: str
    size: int
    allowed: int | None
    verdict: Verdict
    members: tuple[Assessed, ...]

    @property
    def counts(self) -> dict[str, int]:
        """What a decision rests on. `evaluable` holds those with a DLT."""
        members = self.members
        return {
            "planned": self.size,
            "enrolled": len(members),
            "treated": sum(each.window_ends_on is not None for each in members),
            "evaluable": sum(each.is_evaluable for each in members),
            "pending": sum(each.is_pending for each in members),
            "not_evaluable": sum(each.state is State.NOT_EVALUABLE for each in members),
            "dlts": _dlts(members),
        }


Frozen = Mapping[str, Collection[str]]
"""Cohort to the numbers of its patients when it was last decided about."""


def fill_cohorts(
    people: Iterable[Assessed], rule: DoseLimitingToxicity, frozen: Frozen | None = None
) -> list[FilledCohort]:
    """All cohorts of the rule, those without a patient too."""
    place = {
        number: cohort.id for cohort in rule.cohorts for number in (frozen or {}).get(cohort.id, ())
    }
    ordered = sorted(people, key=_in_order)
    queue = deque(each for each in ordered if each.person.number not in place)
    found = []
    for cohort in rule.cohorts:
        fixed = deque(each for each in ordered if place.get(each.person.number) == cohort.id)
        is_last = cohort is rule.cohorts[-1]
        found.append(_fill(cohort, fixed, queue, rule, takes_all=is_last))
    return found


def out_of_order(found: Iterable[FilledCohort], rule: DoseLimitingToxicity) -> dict[str, str]:
    """Patients whom an earlier decision holds where they are, or keeps out, with the cohort in
    which they would be by the order of enrollment alone."""
    place = {each.person.number: cohort.id for cohort in found for each in cohort.members}
    people = [each for cohort in found for each in cohort.members]
    by_order = {
        each.person.number: cohort.id
        for cohort in fill_cohorts(people, rule)
        for each in cohort.members
    }
    return {number: by_order[number] for number in place if by_order[number] != place[number]}


def _in_order(each: Assessed) -> tuple[date, str]:
    return each.person.enrolled_on, each.person.number


def _fill(
    cohort: Cohort,
    fixed: deque[Assessed],
    queue: deque[Assessed],
    rule: DoseLimitingToxicity,
    *,
    takes_all: bool,
) -> FilledCohort:
    members: list[Assessed] = []
    size, allowed, has_grown = cohort.size, cohort.allowed, False
    while fixed or (queue and (takes_all or _places(members, rule) < size)):
        members.append((fixed or queue).popleft())
        if not has_grown and _places(members, rule) == cohort.size and _grows(cohort, members):
            size, allowed = cohort.expanded_size or size, cohort.expanded_allowed
            has_grown = True
    is_full = _places(members, rule) >= size
    verdict = Verdict.NO_RULE
    if allowed is not None and cohort.most_allowed is not None:
        dlts = _dlts(members)
        if dlts > cohort.most_allowed:
            verdict = Verdict.STOP
        elif dlts > allowed or (has_grown and not is_full):
            verdict = Verdict.EXPAND
        elif is_full and not any(each.is_pending for each in members):
            verdict = Verdict.CONTINUE
        else:
            verdict = Verdict.WAIT
    return FilledCohort(cohort.id, size, allowed, verdict, tuple(sorted(members, key=_in_order)))


def _grows(cohort: Cohort, members: list[Assessed]) -> bool:
    if cohort.allowed is None or cohort.expanded_allowed is None:
        return False
    return cohort.allowed < _dlts(members) <= cohort.expanded_allowed


def _places(members: Iterable[Assessed], rule: DoseLimitingToxicity) -> int:
    """Places that are taken: one who is not evaluable leaves it where the trial replaces them."""
    if not rule.replaces_not_evaluable:
        return len(list(members))
    return sum(each.state is not State.NOT_EVALUABLE for each in members)


def _dlts(members: Iterable[Assessed]) -> int:
    return sum(each.state is State.DLT for each in members)
