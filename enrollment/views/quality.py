"""The data-quality checks of a trial: what they found, running them, raising a query."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from enrollment.actions.quality import ask_about, queue_quality_run, start_quality_run
from enrollment.forms.quality import FindingFilter
from enrollment.models import QualityFinding, QualityRun
from enrollment.queries.quality import (
    counts_by_check,
    finding_lines,
    findings_of,
    last_complete_run,
    latest_run,
)
from enrollment.views.links import entry_url, talk_url

LINES_A_PAGE = 50
COLUMNS = (
    "check", "severity", "site", "patient_id", "visit", "form", "row", "field", "finding", "since",
    "query",
)  # fmt: skip


@require_safe
def quality_page(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    form = _filter(request, trial)
    found = findings_of(trial, request.user, form.wanted)
    page = Paginator(found, LINES_A_PAGE).get_page(request.GET.get("page"))
    chosen = {name: value for name, value in form.data.items() if name != "page" and value}
    context = _status(trial) | {
        "nav": "quality",
        "filter": form,
        "page": page,
        "query": f"{urlencode(chosen)}&" if chosen else "",
        "last": last_complete_run(trial),
        "lines": [
            {
                "line": line,
                "entry": entry_url(line.finding.place),
                "talk": talk_url(line.finding.place) if line.finding.form else "",
            }
            for line in finding_lines(page)
        ],
        "can_ask": has_permission(request.user, Permission.QUERY_RAISE, trial=trial),
    }
    return render(request, "enrollment/quality_list.html", context)


@require_safe
def quality_catalog(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    context = {
        "trial": trial,
        "nav": "quality",
        "checks": counts_by_check(trial, request.user),
        "last": last_complete_run(trial),
    }
    return render(request, "enrollment/quality_catalog.html", context)


@require_safe
def quality_status(request: Request, slug: str) -> HttpResponse:
    """How far the newest run is: the fragment that the page asks for until the end."""
    trial = _enter(request, slug)
    context = _status(trial)
    response = render(request, "enrollment/_quality_status.html", context)
    run = context["run"]
    if run is not None and not run.is_active and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def quality_run(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    try:
        start_quality_run(queue_quality_run(trial, by=request.user))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, _("The checks are running. This page shows how far they are."))
    return redirect("enrollment:quality-list", trial.slug)


@require_safe
def quality_csv(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    lines = finding_lines(findings_of(trial, request.user, _filter(request, trial).wanted))
    audit.record("export", by=request.user, target=trial, table="findings", rows=len(lines))
    rows = [
        [
            line.finding.check_code,
            line.check.severity,
            line.finding.site.code,
            line.patient,
            line.visit,
            line.finding.form,
            line.finding.row_number,
            line.finding.field,
            line.sentence,
            line.finding.since.isoformat(timespec="seconds"),
            line.query.pk if line.query else "",
        ]
        for line in lines
    ]
    return csv_download(f"{trial.slug}-findings.csv", [COLUMNS, *rows])


@require_POST
def finding_ask(request: Request, pk: int) -> HttpResponse:
    """Raises the query that the check would ask."""
    visible = QualityFinding.objects.visible_to(request.user).select_related("site__trial")
    finding = get_object_or_404(visible, pk=pk)
    enter(request, finding.site.trial, finding.site)
    require_permission(request.user, Permission.QUALITY_RUN, site=finding.site)
    require_permission(request.user, Permission.QUERY_RAISE, site=finding.site)
    try:
        query = ask_about(finding, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("enrollment:quality-list", finding.site.trial.slug)
    messages.success(request, _("Query %(number)d is raised.") % {"number": query.pk})
    return redirect(talk_url(finding.place))


def _enter(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.QUALITY_RUN, trial=trial)
    return trial


def _filter(request: Request, trial: Trial) -> FindingFilter:
    sites = Site.objects.visible_to(request.user).filter(trial=trial)
    return FindingFilter(request.GET, trial=trial, sites=list(sites))


def _status(trial: Trial) -> dict[str, Any]:
    run: QualityRun | None = latest_run(trial)
    is_dead = run is not None and run.is_dead(timezone.now())
    return {"trial": trial, "run": run, "is_dead": is_dead}
