"""Queries that checks raise, and close when the data are corrected."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

from django.utils import timezone

from core import audit
from core.models import Trial
from oversight.actions.queries import record_event
from oversight.calc.place import Place
from oversight.calc.query_cycle import QueryEvent, QueryState
from oversight.models import Query
from oversight.models.query import LONGEST_TEXT


@dataclass(frozen=True)
class Raised:
    """What a check found and asks. `evidence` is a digest of the values that it saw."""

    place: Place
    code: str
    question: str
    evidence: str


def sync_automatic(trial: Trial, found: Sequence[Raised]) -> tuple[int, int]:
    """Brings the automatic queries of a trial in step with what the checks find now.

    A finding without a query raises one, or reopens the one that had closed itself. What a person
    closed stays closed while the values are the same: the answer was accepted. A query whose
    finding is gone closes itself. How many were raised or reopened, and how many closed.
    """
    with audit.writing(by=None, reason="data-quality checks"):
        known: dict[tuple[str, Place], Query] = {}
        queries = Query.objects.filter(site__trial=trial).exclude(check_code="")
        for query in queries.order_by("pk"):
            key = (query.check_code, query.place)
            if key not in known or known[key].is_closed:
                known[key] = query
        wanted = {(item.code, item.place): item for item in found}
        raised = [item for key, item in wanted.items() if _is_to_raise(item, known.get(key))]
        now = timezone.now()
        new = [item for item in raised if (item.code, item.place) not in known]
        Query.objects.bulk_create(
            (
                Query(
                    **item.place.columns,
                    question=item.question[:LONGEST_TEXT],
                    check_code=item.code,
                    evidence=item.evidence,
                    raised_at=now,
                    changed_at=now,
                )
                for item in new
            ),
            batch_size=500,
        )
        for item in raised:
            if (item.code, item.place) in known:
                _reopen(known[item.code, item.place], item)
        gone = [query for key, query in known.items() if key not in wanted and not query.is_closed]
        for query in gone:
            _close_itself(query)
    return len(raised), len(gone)


def close_corrected(patient_id: int, still_found: Set[tuple[str, Place]]) -> int:
    """Closes the patient's automatic queries, but for those whose finding is still there."""
    with audit.writing(by=None, reason="data-quality checks"):
        waiting = Query.objects.not_closed().filter(patient_id=patient_id).exclude(check_code="")
        gone = [
            query
            for query in waiting.select_for_update()
            if (query.check_code, query.place) not in still_found
        ]
        for query in gone:
            _close_itself(query)
    return len(gone)


def _is_to_raise(item: Raised, known: Query | None) -> bool:
    if known is None:
        return True
    if not known.is_closed:
        return False
    was_accepted = known.closed_by_id is not None and known.evidence == item.evidence
    return not was_accepted


def _reopen(query: Query, item: Raised) -> None:
    query.state, query.evidence = QueryState.REOPENED.value, item.evidence
    record_event(query, QueryEvent.REOPEN, by=None, text=item.question[:LONGEST_TEXT])


def _close_itself(query: Query) -> None:
    query.state = QueryState.CLOSED.value
    record_event(query, QueryEvent.CLOSE, by=None)
