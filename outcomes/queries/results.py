"""The parts of a snapshot that a page asks for by itself. No pandas: the web reads here."""

from typing import cast

from core.models import User
from enrollment.queries.arms import is_unblinded, require_comparison
from outcomes.calc.snapshot.readings_summary import Readings
from outcomes.calc.snapshot.safety_summary import QualityOfLife, Safety, SafetyByArm
from outcomes.calc.snapshot.settings import (
    QUALITY_OF_LIFE_PART,
    READINGS_PART,
    SAFETY_BY_ARM_PART,
    SAFETY_PART,
    groups_part,
    results_part,
)
from outcomes.calc.snapshot.summary import Criteria, GroupedResults, Results, Summary
from outcomes.models import Snapshot, SnapshotPart


def results_of(snapshot: Snapshot, *, population: str, criteria: Criteria) -> Results | None:
    """What was estimated of one population by one set of criteria, in one query.

    None for a choice that the snapshot does not have: see `populations` and `criteria` of its
    summary for those that it has.
    """
    return cast(Results | None, _part(snapshot, results_part(population, criteria)))


def grouped_results_of(
    snapshot: Snapshot, *, population: str, criteria: Criteria, by: User
) -> GroupedResults | None:
    """The same by arm. None while the arms are a secret, and for a trial with one arm.

    Such a part exists only where the night found the arms open; asked again here, so that no page
    depends on that alone.

    Raises:
        PermissionDenied: the person may not ask for results by arm.
    """
    require_comparison(snapshot.trial, by=by)
    if not is_unblinded(snapshot.trial):
        return None
    return cast(GroupedResults | None, _part(snapshot, groups_part(population, criteria)))


def safety_of(snapshot: Snapshot) -> Safety | None:
    """In one query; None for a snapshot from before there was this part."""
    return cast(Safety | None, _part(snapshot, SAFETY_PART))


def safety_by_arm_of(snapshot: Snapshot, *, by: User) -> SafetyByArm | None:
    """As above: of the safety population, adverse events by arm."""
    require_comparison(snapshot.trial, by=by)
    if not is_unblinded(snapshot.trial):
        return None
    return cast(SafetyByArm | None, _part(snapshot, SAFETY_BY_ARM_PART))


def quality_of_life_of(snapshot: Snapshot) -> QualityOfLife | None:
    """In one query; None for a snapshot from before there was this part."""
    return cast(QualityOfLife | None, _part(snapshot, QUALITY_OF_LIFE_PART))


def readings_of(snapshot: Snapshot) -> Readings | None:
    """In one query; None for a snapshot from before there was this part."""
    return cast(Readings | None, _part(snapshot, READINGS_PART))


def _part(snapshot: Snapshot, name: str) -> object | None:
    contents = SnapshotPart.objects.filter(snapshot=snapshot, name=name)
    return contents.values_list("content", flat=True).first()


def results_by_criteria(snapshot: Snapshot, *, population: str) -> dict[Criteria, Results]:
    """What was estimated of one population, by each set of criteria, in one query."""
    summary: Summary = snapshot.summary
    names = {results_part(population, criteria): criteria for criteria in summary["criteria"]}
    parts = SnapshotPart.objects.filter(snapshot=snapshot, name__in=names)
    return {
        names[name]: cast(Results, content)
        for name, content in parts.values_list("name", "content")
    }
