"""The list of a trial's queries, on the screen and as a file."""

from collections.abc import Iterable, Iterator

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, require_permission
from core.scope import trial_or_404
from enrollment.forms.query_filter import QueryFilter
from enrollment.queries.query_list import assignees, queries_of, query_counts, query_lines
from enrollment.views.links import entry_url, talk_url
from oversight.models import Query

LINES_A_PAGE = 50
COLUMNS = (
    "query", "state", "site", "patient_id", "visit", "form", "row", "field", "origin", "question",
    "raised_at", "raised_by", "assigned_to", "last_message", "last_message_by", "closed_at",
    "closed_by", "age_days",
)  # fmt: skip


@require_safe
def query_page(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    form, now = _filter(request, trial), timezone.now()
    found = queries_of(trial, request.user, form.wanted, now=now)
    page = Paginator(found.select_related("site", "assignee", "raised_by"), LINES_A_PAGE).get_page(
        request.GET.get("page")
    )
    chosen = {name: value for name, value in form.data.items() if name != "page" and value}
    context = {
        "trial": trial,
        "nav": "queries",
        "filter": form,
        "page": page,
        "query": f"{urlencode(chosen)}&" if chosen else "",
        "counts": query_counts(trial, request.user),
        "lines": [
            {"line": line, "entry": entry_url(line.query.place), "talk": talk_url(line.query.place)}
            for line in query_lines(page, now=now)
        ],
    }
    return render(request, "enrollment/query_list.html", context)


@require_safe
def query_csv(request: Request, slug: str) -> HttpResponse:
    """All queries that the filter finds, with the last words of each thread."""
    trial = _enter(request, slug)
    found = queries_of(trial, request.user, _filter(request, trial).wanted, now=timezone.now())
    related = found.select_related("site", "assignee", "raised_by", "closed_by")
    rows = list(_rows(related.prefetch_related("messages__by")))
    audit.record("export", by=request.user, target=trial, table="queries", rows=len(rows))
    return csv_download(f"{trial.slug}-queries.csv", [COLUMNS, *rows])


def _rows(queries: Iterable[Query]) -> Iterator[list[object]]:
    for line in query_lines(queries, now=timezone.now()):
        query = line.query
        last = max(query.messages.all(), key=lambda message: message.pk, default=None)
        yield [
            query.pk,
            query.state,
            query.site.code,
            line.patient,
            line.visit,
            query.form,
            query.row_number,
            query.field,
            query.check_code or "person",
            query.question,
            query.raised_at.isoformat(timespec="seconds"),
            query.raised_by or "",
            query.assignee or "",
            last.text if last else "",
            (last.by or "system") if last else "",
            query.closed_at.isoformat(timespec="seconds") if query.closed_at else "",
            query.closed_by or ("system" if query.closed_at else ""),
            line.age_days,
        ]


def _enter(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    return trial


def _filter(request: Request, trial: Trial) -> QueryFilter:
    seen = Query.objects.visible_to(request.user).in_trial(trial)
    codes = seen.exclude(check_code="").order_by("check_code").values_list("check_code", flat=True)
    return QueryFilter(
        request.GET,
        trial=trial,
        sites=list(Site.objects.visible_to(request.user).filter(trial=trial)),
        people=assignees(trial, request.user),
        codes=list(codes.distinct()),
    )
