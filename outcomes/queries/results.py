"""The parts of a snapshot that a page asks for by itself. No pandas: the web reads here."""

from typing import cast

from outcomes.calc.snapshot.settings import results_part
from outcomes.calc.snapshot.summary import Criteria, Results
from outcomes.models import Snapshot, SnapshotPart


def results_of(snapshot: Snapshot, *, population: str, criteria: Criteria) -> Results | None:
    """What was estimated of one population by one set of criteria, in one query.

    None for a choice that the snapshot does not have: see `populations` and `criteria` of its
    summary for those that it has.
    """
    name = results_part(population, criteria)
    content = (
        SnapshotPart.objects.filter(snapshot=snapshot, name=name)
        .values_list("content", flat=True)
        .first()
    )
    return cast(Results, content) if content is not None else None
