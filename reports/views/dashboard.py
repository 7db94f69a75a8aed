"""The dashboard of a trial, the data behind its figures, and the run that renews it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.permissions import Permission, require_permission
from core.refusals import Refused
from enrollment.queries.references import published_references
from enrollment.queries.trials import current_version
from outcomes.actions.nightly import request_run
from outcomes.models import NightlyRun
from reports.charts.plots import accrual_plot, survival_plot
from reports.queries.dashboard import current_dashboard, curve_of
from reports.queries.figures import figure_rows
from reports.views.dashboard_frame import enter, open_frame, run_context


@require_safe
def dashboard_detail(request: Request, slug: str) -> HttpResponse:
    """The overview: what to know at a glance."""
    frame = open_frame(request, slug)
    context: dict[str, object] = {
        "references": published_references().named(frame.definition.references)
    }
    if frame.dashboard is not None:
        summary = frame.dashboard.summary
        leading = [curve_of(summary, "pfs"), curve_of(summary, "os")]
        context["survival"] = [survival_plot(curve) for curve in leading]
    return frame.page("reports/dashboard_detail.html", **context)


@require_safe
def dashboard_efficacy(request: Request, slug: str) -> HttpResponse:
    frame = open_frame(request, slug)
    curves = frame.dashboard.summary["curves"] if frame.dashboard is not None else []
    survival = [survival_plot(curve) for curve in curves]
    return frame.page("reports/dashboard_efficacy.html", survival=survival)


@require_safe
def dashboard_flow(request: Request, slug: str) -> HttpResponse:
    frame = open_frame(request, slug)
    context: dict[str, object] = {}
    if frame.dashboard is not None:
        context["accrual"] = accrual_plot(frame.dashboard.summary)
    return frame.page("reports/dashboard_flow.html", **context)


@require_safe
def figure_data(request: Request, slug: str, name: str) -> HttpResponse:
    """The numbers of one figure as CSV, with the cut in the file's name."""
    trial = enter(request, slug)
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
    trial = enter(request, slug)
    run = NightlyRun.objects.latest_of(trial)
    response = render(request, "reports/_run_status.html", run_context(trial, run))
    if run is not None and run.state == NightlyRun.State.DONE and request.headers.get("HX-Request"):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def run_request(request: Request, slug: str) -> HttpResponse:
    trial = enter(request, slug)
    require_permission(request.user, Permission.NIGHTLY_RUN, trial=trial)
    try:
        request_run(trial, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, _("The numbers are being computed. This page shows how far it is."))
    return redirect("reports:dashboard-detail", trial.slug)
