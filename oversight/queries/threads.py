"""The queries of a record: which are open, field by field, and their threads."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from oversight.calc.place import Place
from oversight.calc.query_cycle import NOT_CLOSED, TO_ANSWER
from oversight.models import FieldComment, Query, QueryMessage


@dataclass(frozen=True)
class FieldMark:
    """What the flag beside a field shows: `state` is open, answered, closed, comment (nothing but
    remarks), or empty for nothing at all."""

    state: str
    not_closed: int = 0


NO_MARK = FieldMark("")


def open_query_ids(form: str, record_id: int) -> list[int]:
    """The queries about the form or its fields that are not closed, by id."""
    return open_queries_by_record([(form, record_id)]).get((form, record_id), [])


def open_queries_by_record(
    records: Iterable[tuple[str, int]],
) -> dict[tuple[str, int], list[int]]:
    """(form, record id) to the ids of its queries that are not closed, in one query.

    A record without such queries is not in the result.
    """
    wanted = set(records)
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    if not wanted:
        return found
    queries = Query.objects.not_closed().filter(
        form__in={form for form, _pk in wanted}, record_id__in={pk for _form, pk in wanted}
    )
    for pk, form, record_id in queries.order_by("pk").values_list("pk", "form", "record_id"):
        if (form, record_id) in wanted:
            found[form, record_id].append(pk)
    return dict(found)


def open_queries_of_patients(patients: Collection[int]) -> dict[tuple[str, int], list[int]]:
    """(form, record id) to the ids of the queries of these patients that are not closed."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    queries = Query.objects.not_closed().filter(patient_id__in=patients).order_by("pk")
    for pk, form, record_id in queries.values_list("pk", "form", "record_id"):
        found[form, record_id].append(pk)
    return dict(found)


def patients_with_open_queries(sites: Collection[int]) -> set[int]:
    queries = Query.objects.not_closed().filter(site__in=sites)
    return set(queries.order_by().values_list("patient_id", flat=True).distinct())


def field_marks(form: str, record_id: int) -> dict[tuple[int | None, str], FieldMark]:
    """(row number, field) to the mark of its flag; field "" is the form as a whole."""
    states: dict[tuple[int | None, str], list[str]] = defaultdict(list)
    for row_number, field, state in Query.objects.of_record(form, record_id).values_list(
        "row_number", "field", "state"
    ):
        states[row_number, field].append(state)
    remarks = FieldComment.objects.filter(form=form, record_id=record_id)
    marks = {
        (row_number, field): FieldMark("comment")
        for row_number, field in remarks.values_list("row_number", "field")
    }
    return marks | {place: _mark(found) for place, found in states.items()}


def _mark(states: list[str]) -> FieldMark:
    not_closed = sum(state in NOT_CLOSED for state in states)
    if any(state in TO_ANSWER for state in states):
        return FieldMark("open", not_closed)
    return FieldMark("answered" if not_closed else "closed", not_closed)


def threads_at(place: Place) -> list[Query]:
    """The queries at this place with their messages: what waits first, then the newest."""
    messages = QueryMessage.objects.select_related("by")
    found = (
        Query.objects.at(place)
        .select_related("raised_by", "assignee", "closed_by")
        .prefetch_related(Prefetch("messages", messages))
    )
    return sorted(found, key=lambda query: (query.is_closed, -query.pk))


def comments_at(place: Place) -> list[FieldComment]:
    found = FieldComment.objects.filter(
        form=place.form,
        record_id=place.record_id,
        row_number=place.row_number,
        field=place.field,
    )
    return list(found.select_related("by"))
