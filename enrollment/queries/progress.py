"""How far each form of each visit is, whatever the number of patients: one query."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import CharField, QuerySet, Value

from enrollment.models import Visit
from enrollment.registry import Kind, all_specs


class Progress(StrEnum):
    """What the grid shows for a visit, from nothing to do to all done."""

    NOT_DUE = "not-due"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"
    DRAFT = "draft"
    COMPLETE = "complete"
    VERIFIED = "verified"
    SIGNED = "signed"
    LOCKED = "locked"


# A visit is as far as the least far of its forms.
_STAGES = (Progress.COMPLETE, Progress.VERIFIED, Progress.SIGNED, Progress.LOCKED)

FormStates = Mapping[int, Mapping[str, str]]


def form_states(visits: QuerySet[Visit]) -> FormStates:
    """Visit id to {form slug: record state}, for forms that were begun."""
    parts = [
        spec.model._default_manager.filter(visit__in=visits)  # type: ignore[misc]
        .order_by()
        .values_list("visit_id", Value(spec.slug, output_field=CharField()), "state")
        for spec in all_specs(Kind.VISIT)
    ]
    found: dict[int, dict[str, str]] = defaultdict(dict)
    if parts:
        first, *others = parts
        rows: Any = first.union(*others, all=True)
        for visit_id, slug, state in rows:
            found[visit_id][slug] = state
    return found


def visit_progress(visit: Visit, states: Mapping[str, str], *, today: date) -> Progress:
    if visit.outcome == Visit.Outcome.MISSED:
        return Progress.MISSED
    if not visit.is_open:
        if today < visit.window_opens:
            return Progress.NOT_DUE
        return Progress.OVERDUE if today > visit.window_closes else Progress.DUE
    reached = [states.get(slug, "draft") for slug in visit.forms]
    if not reached:
        return Progress.COMPLETE
    if "draft" in reached:
        return Progress.DRAFT
    return min((Progress(state) for state in reached), key=_STAGES.index)
