"""The dashboard of a trial, the data behind its figures, and the run that renews it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.queries.references import published_references
from enrollment.queries.trials import current_version
from outcomes.actions.nightly import request_run
from outcomes.models import NightlyRun
from reports.charts.plots import accrual_plot, adverse_event_plot, survival_plot
from reports.queries.dashboard import current_dashboard
from reports.queries.figures import figure_rows


@require_safe
def dashboard_detail(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    language = get_language() or "en"
    definition = current_version(trial).definition
    dashboard = current_dashboard(trial, definition, language=language)
    context = _status(trial, NightlyRun.objects.latest_of(trial)) | {
        "nav": "dashboard",
        "dashboard": dashboard,
        "references": published_references().named(definition.references),
        "can_run": has_permission(request.user, Permission.NIGHTLY_RUN, trial=trial),
    }
    if dashboard is not None:
        summary = dashboard.summary
        context |= {
            "survival": [survival_plot(curve) for curve in summary["curves"]],
            "accrual": accrual_plot(summary),
            "adverse_events": adverse_event_plot(summary, language=language),
        }
    return render(request, "reports/dashboard_detail.html", context)


@require_safe
def figure_data(request: Request, slug: str, name: str) -> HttpResponse:
    """The numbers of one figure as CSV, with the cut in the file's name."""
    trial = _enter(request, slug)
    dashboard = current_dashboard(trial, current_version(trial).definition, language="en")
    rows = figure_rows(dashboard, name) if dashboard is not None else None
    if dashboard is None or rows is None:
        raise Http404
    audit.record("figure data", by=request.user, target=dashboard.snapshot, figure=name)
    return csv_download(
        f"{trial.slug}-{name}-{dashboard.snapshot.cut_on}.csv", rows, is_faithful=True
    )


@require_safe
def run_status(request: Request, slug: str) -> HttpResponse:
    """How far the newest run is: the fragment that the dashboard asks for until the end."""
    trial = _enter(request, slug)
    run = NightlyRun.objects.latest_of(trial)
    response = render(request, "reports/_run_status.html", _status(trial, run))
    if run is not None and run.state == NightlyRun.State.DONE and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def run_request(request: Request, slug: str) -> HttpResponse:
    trial = _enter(request, slug)
    require_permission(request.user, Permission.NIGHTLY_RUN, trial=trial)
    try:
        request_run(trial, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, _("The numbers are being computed. This page shows how far it is."))
    return redirect("reports:dashboard-detail", trial.slug)


def _enter(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DASHBOARD_VIEW, trial=trial)
    return trial


def _status(trial: Trial, run: NightlyRun | None) -> dict[str, object]:
    is_dead = run is not None and run.is_dead(timezone.now())
    return {"trial": trial, "run": run, "is_dead": is_dead}
