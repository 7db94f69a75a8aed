"""What waits for a coordinator, most urgent first.

Upper apps add what waits for them when Django starts, as they register their forms.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Q, When

from core.models import User
from core.permissions import Permission, sites_where
from enrollment.models import Visit
from enrollment.queries.progress import FormStates, form_states, with_open_forms


@dataclass(frozen=True)
class WorkItem:
    """`kind` is overdue, due, draft or sample; `days` is how late, or how long is left."""

    kind: str
    visit: Visit
    days: int
    open_forms: int = 0
    path: str = ""
    """Where it is done; empty: on the page of the visit."""


Source = Callable[[User, date], Iterable[WorkItem]]
"""For the person, on the day."""

_sources: list[Source] = []


def register_work(source: Source) -> None:
    if source not in _sources:
        _sources.append(source)


def work_list(user: User, *, today: date, most: int = 50) -> list[WorkItem]:
    """Overdue visits, then visits with forms to complete, then due ones, at the person's sites.

    Within each the oldest comes first; after them what upper apps add. The database chooses, so
    that a list takes no longer when most visits are done with.
    """
    mine = Visit.objects.filter(patient__site__in=sites_where(user, Permission.RECORD_EDIT))
    took_place = Q(outcome=Visit.Outcome.TOOK_PLACE)
    by_kind = Case(When(took_place, then=1), When(window_closes__lt=today, then=0), default=2)
    by_age = Case(When(took_place, then="actual_date"), default="window_closes")
    visits = list(
        (mine.open_on(today) | with_open_forms(mine))
        .order_by(by_kind, by_age, "pk")
        .select_related("patient__trial")[:most]
    )
    states = form_states("visit", [visit.pk for visit in visits])
    items = [_item(visit, states, today) for visit in visits]
    return items + [item for source in _sources for item in source(user, today)][:most]


def _item(visit: Visit, states: FormStates, today: date) -> WorkItem:
    if visit.actual_date is not None:
        begun = states.get(visit.pk, {})
        open_forms = sum(begun.get(slug, "draft") == "draft" for slug in visit.forms)
        return WorkItem("draft", visit, (today - visit.actual_date).days, open_forms)
    if visit.window_closes < today:
        return WorkItem("overdue", visit, (today - visit.window_closes).days)
    return WorkItem("due", visit, (visit.window_closes - today).days)
