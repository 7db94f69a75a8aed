"""How far each form of each visit is, whatever the number of patients: one query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Literal, Protocol

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.db.models.lookups import Contains

from enrollment.models import Visit
from enrollment.registry import Kind, added_specs, all_specs, stores
from oversight.models import RecordState


class Progress(StrEnum):
    """What the grid shows for a visit, from nothing to do to all done."""

    NOT_DUE = "not-due"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"
    ON_HOLD = "on-hold"
    SKIPPED = "skipped"
    DRAFT = "draft"
    QUERIED = "queried"
    """Something about it is asked and not settled, however far its forms are."""
    COMPLETE = "complete"
    VERIFIED = "verified"
    SIGNED = "signed"
    LOCKED = "locked"
    BROKEN = "broken"
    FROZEN = "frozen"


# A visit is as far as the least far of its forms; a broken signature, then a freeze show first.
_STAGES = (Progress.COMPLETE, Progress.VERIFIED, Progress.SIGNED, Progress.LOCKED)

_WITHOUT_FORMS = {
    Visit.Outcome.MISSED.value: Progress.MISSED,
    Visit.Outcome.ON_HOLD.value: Progress.ON_HOLD,
    Visit.Outcome.SKIPPED.value: Progress.SKIPPED,
}

FormStates = Mapping[int, Mapping[str, str]]


class Plan(Protocol):
    """What is asked of a visit: the model has it, and so has a row of the grid."""

    @property
    def forms(self) -> list[str]: ...
    @property
    def outcome(self) -> str: ...
    @property
    def window_opens(self) -> date: ...
    @property
    def window_closes(self) -> date: ...


def form_states(owner: Literal["visit", "patient"], ids: Sequence[int]) -> FormStates:
    """Visit id to {form slug: record state}, for forms that were begun at these visits, or at all
    visits of these patients.

    Joined by hand: the ORM takes longer to write this union than the database to answer it.
    """
    if not ids:
        return {}
    marks = ", ".join(["%s"] * len(ids))
    parts: list[str] = []
    values: list[str | int] = []
    for store in stores(Kind.VISIT):
        table, form = connection.ops.quote_name(store.table), store.form_sql
        part = f"SELECT visit_id, {form}, state FROM {table} WHERE {owner}_id IN ({marks})"  # noqa: S608
        parts.append(part)
        values += [*store.slug, *ids]
    found: dict[int, dict[str, str]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for visit_id, slug, state in cursor.fetchall():
            found[visit_id][slug] = state
    return found


def with_open_forms(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Visits that took place and still lack a form that they ask for, or its completion."""
    open_form = Q()
    for spec in (*all_specs(Kind.VISIT), *added_specs(Kind.VISIT)):
        records = spec.model._default_manager.filter(visit=OuterRef("pk"))  # type: ignore[misc]
        is_asked = Contains(Cast("forms", TextField()), f'"{spec.slug}"')
        open_form |= Q(is_asked, ~Exists(records.exclude(state=RecordState.DRAFT)))
    return visits.filter(open_form, outcome=Visit.Outcome.TOOK_PLACE)


def visit_progress(
    visit: Plan, states: Mapping[str, str], *, today: date, is_queried: bool = False
) -> Progress:
    if is_queried:
        return Progress.QUERIED
    if visit.outcome in _WITHOUT_FORMS:
        return _WITHOUT_FORMS[visit.outcome]
    if visit.outcome == Visit.Outcome.PLANNED:
        if today < visit.window_opens:
            return Progress.NOT_DUE
        return Progress.OVERDUE if today > visit.window_closes else Progress.DUE
    reached = {states.get(slug, "draft") for slug in visit.forms}
    for first in (Progress.DRAFT, Progress.BROKEN, Progress.FROZEN):
        if first in reached:
            return first
    return next((stage for stage in _STAGES if stage in reached), Progress.COMPLETE)
