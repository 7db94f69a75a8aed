"""The dashboard of a trial, the data behind its figures, and the run that renews it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from enrollment.queries.references import published_references
from outcomes.actions.nightly import request_run
from outcomes.models import NightlyRun
from reports.charts.patient_plots import (
    consort_plot,
    forest_plot,
    reference_plot,
    spider_plot,
    swimmer_plot,
    waterfall_plot,
)
from reports.charts.plots import accrual_plot, survival_plot
from reports.queries.behind import Wanted, patients_behind
from reports.queries.dashboard import Dashboard, curve_of
from reports.queries.figures import figure_rows
from reports.queries.flow import flow_steps
from reports.queries.patient_figures import spider, swimmer, waterfall
from reports.queries.patient_rows import patient_rows
from reports.queries.references import compared
from reports.queries.responses import response_tables
from reports.queries.subgroups import subgroup_rates
from reports.views.dashboard_frame import Frame, enter, open_frame, run_context


@require_safe
def dashboard_detail(request: Request, slug: str) -> HttpResponse:
    """The overview: what to know at a glance."""
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    references = published_references().named(frame.definition.references)
    context: dict[str, object] = {"references": references}
    if dashboard is not None:
        context["survival"] = [
            survival_plot(curve_of(dashboard.shown, name), behind=dashboard.behind(name))
            for name in ("pfs", "os")
        ]
        rows = compared(dashboard, references, language=frame.language)
        context["comparison"] = reference_plot(dashboard, rows)
    return frame.page("reports/dashboard_detail.html", **context)


@require_safe
def dashboard_efficacy(request: Request, slug: str) -> HttpResponse:
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    context: dict[str, object] = {}
    if dashboard is not None:
        context = patient_context(frame, dashboard) | {
            "response_tables": response_tables(dashboard),
            "survival": [
                survival_plot(curve, behind=dashboard.behind(curve["endpoint"]))
                for curve in dashboard.shown["curves"]
            ],
        }
    return frame.page("reports/dashboard_efficacy.html", **context)


def patient_context(frame: Frame, dashboard: Dashboard) -> dict[str, object]:
    """The figures of single patients; none for a cut that was made before they were stored."""
    rows = patient_rows(dashboard)
    if rows is None:
        return {"patient_plots": []}
    link, confirmed = frame.link(), dashboard.is_confirmed
    bars, without_bar = waterfall(rows, link, confirmed=confirmed)
    threads = spider(rows, link, confirmed=confirmed)
    lanes = swimmer(
        rows,
        link,
        confirmed=confirmed,
        cut_on=dashboard.snapshot.cut_on,
        days_per_month=dashboard.days_per_month,
    )
    groups = subgroup_rates(dashboard, frame.definition, language=frame.language)
    return {
        "waterfall": waterfall_plot(dashboard, bars),
        "without_bar": without_bar,
        "spider": spider_plot(dashboard, threads),
        "swimmer": swimmer_plot(dashboard, lanes),
        "forest": forest_plot(dashboard, groups),
    }


@require_safe
def dashboard_flow(request: Request, slug: str) -> HttpResponse:
    frame = open_frame(request, slug)
    context: dict[str, object] = {}
    if frame.dashboard is not None:
        context["accrual"] = accrual_plot(frame.dashboard.summary)
        context["consort"] = consort_plot(frame.dashboard)
        context["flow"] = flow_steps(frame.dashboard)
    return frame.page("reports/dashboard_flow.html", **context)


@require_safe
def dashboard_patients(request: Request, slug: str) -> HttpResponse:
    """The patients behind a number, as far as the person may see them."""
    frame = open_frame(request, slug)
    if frame.dashboard is None:
        raise Http404
    listing = patients_behind(
        frame.dashboard,
        _wanted(request),
        user=request.user,
        trial=frame.trial,
        links=has_permission(request.user, Permission.PATIENT_VIEW, trial=frame.trial),
    )
    if listing is None:
        raise Http404
    return frame.page("reports/dashboard_patients.html", listing=listing)


def _wanted(request: Request) -> Wanted:
    names = ("what", "reason", "response", "status", "events", "organ_class", "term")
    return Wanted(**{name: request.GET.get(name, "") for name in names})


@require_safe
def figure_data(request: Request, slug: str, name: str) -> HttpResponse:
    """The numbers of one figure as CSV, with the cut in the file's name."""
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    rows = figure_rows(dashboard, name, link=frame.link()) if dashboard is not None else None
    if dashboard is None or rows is None:
        raise Http404
    audit.record("figure data", by=request.user, target=dashboard.snapshot, figure=name)
    return csv_download(
        f"{frame.trial.slug}-{name}-{dashboard.snapshot.cut_on}.csv", rows, is_faithful=True
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
