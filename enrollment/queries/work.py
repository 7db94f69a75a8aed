"""What waits for a coordinator, most urgent first."""

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from core.models import User
from core.permissions import Permission, sites_where
from enrollment.models import Visit
from enrollment.queries.progress import form_states


@dataclass(frozen=True)
class WorkItem:
    """`kind` is overdue, due or draft; `days` is how late, or how long is left."""

    kind: str
    visit: Visit
    days: int
    open_forms: int = 0


def work_list(user: User, *, today: date, most: int = 50) -> list[WorkItem]:
    """Overdue and due visits, and visits whose forms are not complete, at the person's sites."""
    visits = (
        Visit.objects.filter(patient__site__in=sites_where(user, Permission.RECORD_EDIT))
        .select_related("patient__site", "patient__trial")
        .order_by("window_closes")
    )
    overdue = [
        WorkItem("overdue", visit, (today - visit.window_closes).days)
        for visit in visits.overdue(today)[:most]
    ]
    drafts = _with_open_forms(visits, today=today)
    due = [
        WorkItem("due", visit, (visit.window_closes - today).days)
        for visit in visits.open_on(today).filter(window_closes__gte=today)[:most]
    ]
    return [*overdue, *drafts, *due][:most]


def _with_open_forms(visits: QuerySet[Visit], *, today: date) -> list[WorkItem]:
    took_place = visits.filter(outcome=Visit.Outcome.TOOK_PLACE)
    states = form_states(took_place)
    items = []
    for visit in took_place:
        begun = states.get(visit.pk, {})
        open_forms = sum(begun.get(slug, "draft") == "draft" for slug in visit.forms)
        if open_forms and visit.actual_date is not None:
            items.append(WorkItem("draft", visit, (today - visit.actual_date).days, open_forms))
    return sorted(items, key=lambda item: -item.days)
