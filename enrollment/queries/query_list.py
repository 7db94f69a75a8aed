"""The queries of a trial as a list: filtered, sorted, in the words of the forms they name."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils.text import capfirst

from core.fields import captured_fields
from core.models import Trial, User
from core.permissions import Permission, sites_where
from enrollment import registry
from enrollment.models import Patient, Visit
from oversight.calc.place import Place
from oversight.calc.query_cycle import NOT_CLOSED, QueryState
from oversight.models import Query

ACTIVE = "active"
ALL = "all"
BY_PERSON, BY_CHECK = "person", "check"
MINE, NOBODY = "mine", "nobody"

ORDERS = {
    "oldest": ("raised_at", "pk"),
    "newest": ("-raised_at", "-pk"),
    "site": ("site__code", "patient_id", "raised_at", "pk"),
    "form": ("form", "field", "raised_at", "pk"),
    "state": ("state", "raised_at", "pk"),
}


@dataclass(frozen=True)
class Wanted:
    """What a person asked for; empty means no matter."""

    state: str = ACTIVE
    site: str = ""
    form: str = ""
    assignee: str = ""
    origin: str = ""
    older_than_days: int | None = None
    order: str = "oldest"


@dataclass(frozen=True)
class QueryLine:
    query: Query
    patient: str
    visit: str
    form: str
    field: str
    age_days: int


def queries_of(trial: Trial, user: User, wanted: Wanted, *, now: datetime) -> QuerySet[Query]:
    """The trial's queries that the person can see, as asked for."""
    found = Query.objects.visible_to(user).in_trial(trial)
    if wanted.state == ACTIVE:
        found = found.not_closed()
    elif wanted.state != ALL:
        found = found.filter(state=wanted.state)
    if wanted.site:
        found = found.filter(site__code=wanted.site)
    if wanted.form:
        found = found.filter(form=wanted.form)
    if wanted.older_than_days is not None:
        found = found.filter(raised_at__lt=now - timedelta(days=wanted.older_than_days))
    narrowed = _from(_assigned(found, wanted.assignee, user), wanted.origin)
    return narrowed.order_by(*ORDERS.get(wanted.order, ORDERS["oldest"]))


def _assigned(found: QuerySet[Query], assignee: str, user: User) -> QuerySet[Query]:
    if assignee == MINE:
        return found.filter(assignee=user)
    if assignee == NOBODY:
        return found.filter(assignee__isnull=True)
    return found.filter(assignee_id=int(assignee)) if assignee.isdecimal() else found


def _from(found: QuerySet[Query], origin: str) -> QuerySet[Query]:
    if origin == BY_PERSON:
        return found.filter(check_code="")
    if origin == BY_CHECK:
        return found.exclude(check_code="")
    return found.filter(check_code=origin) if origin else found


def query_counts(trial: Trial, user: User) -> dict[str, int]:
    """State to number, every state among them."""
    rows = Query.objects.visible_to(user).in_trial(trial).order_by().values_list("state")
    return {state.value: 0 for state in QueryState} | dict(rows.annotate(n=Count("pk")))


def query_lines(queries: Iterable[Query], *, now: datetime) -> list[QueryLine]:
    """In words, with two queries whatever the number of lines."""
    queries = list(queries)
    patients = Patient.objects.in_bulk({query.patient_id for query in queries})
    visits = Visit.objects.in_bulk({query.visit_id for query in queries if query.visit_id})
    return [
        QueryLine(
            query,
            str(patients[query.patient_id]),
            visits[query.visit_id].label if query.visit_id in visits else "",
            capfirst(str(registry.get(query.form).title)),
            field_label(query.place),
            ((query.closed_at or now) - query.raised_at).days,
        )
        for query in queries
    ]


def field_label(place: Place) -> str:
    """The field's label with the number of its row; empty for the form as a whole."""
    if not place.field:
        return ""
    spec = registry.get(place.form)
    model = spec.rows.model if place.row_number is not None and spec.rows else spec.model
    labels = {field.name: field.verbose_name for field in captured_fields(model)}
    label = str(capfirst(labels.get(place.field, place.field)))
    return f"{label} ({place.row_number})" if place.row_number is not None else label


def assignees(trial: Trial, user: User) -> list[User]:
    """Whoever a query of the trial is assigned to, by name."""
    named = Query.objects.visible_to(user).in_trial(trial).filter(assignee__isnull=False)
    people = User.objects.filter(pk__in=named.order_by().values("assignee"))
    return sorted(people, key=str)


@dataclass(frozen=True)
class QueryWork:
    """What waits for a person: the first ones of each list, and how many there are in all."""

    to_answer: Sequence[QueryLine]
    to_answer_count: int
    to_review: Sequence[QueryLine]
    to_review_count: int


def query_work(user: User, *, now: datetime, most: int = 10) -> QueryWork:
    """Open queries where the person answers, unless for somebody else; answered ones where the
    person closes. The oldest first."""
    answers = Query.objects.to_answer().filter(site__in=sites_where(user, Permission.QUERY_ANSWER))
    answers = answers.filter(assignee__isnull=True) | answers.filter(assignee=user)
    reviews = Query.objects.filter(
        state=QueryState.ANSWERED, site__in=sites_where(user, Permission.QUERY_CLOSE)
    )
    return QueryWork(
        query_lines(_first(answers, most), now=now),
        answers.count(),
        query_lines(_first(reviews, most), now=now),
        reviews.count(),
    )


def _first(queries: QuerySet[Query], most: int) -> QuerySet[Query]:
    return queries.order_by("raised_at", "pk").select_related("site__trial", "assignee")[:most]


def queried_visits(patients: Sequence[int]) -> set[int]:
    """The visits of these patients with a query that is not closed."""
    waiting = Query.objects.filter(
        patient_id__in=patients, visit_id__isnull=False, state__in=NOT_CLOSED
    )
    return {pk for pk in waiting.values_list("visit_id", flat=True) if pk is not None}
