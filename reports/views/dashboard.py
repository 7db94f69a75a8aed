"""The dashboard of a trial, the data behind its figures, and the run that renews it."""

from dataclasses import fields
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.queries.arms import may_compare
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
from reports.queries.behind_found import Wanted
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
            survival_plot(
                curve_of(dashboard.shown, name),
                behind=partial(dashboard.behind, name),
                reader=dashboard.reader,
            )
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
                survival_plot(
                    curve,
                    behind=partial(dashboard.behind, curve["endpoint"]),
                    reader=dashboard.reader,
                )
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
        context["accrual"] = accrual_plot(frame.dashboard)
        context["consort"] = consort_plot(frame.dashboard)
        context["flow"] = flow_steps(frame.dashboard)
    return frame.page("reports/dashboard_flow.html", **context)


@require_safe
def dashboard_patients(request: Request, slug: str) -> HttpResponse:
    """The patients behind a number, as far as the person may see them."""
    frame = open_frame(request, slug)
    return frame.patients(wanted(request))


def wanted(request: Request) -> Wanted:
    """What the address asks for."""
    return Wanted(**{field.name: request.GET.get(field.name, "") for field in fields(Wanted)})


@require_safe
def figure_data(request: Request, slug: str, name: str) -> HttpResponse:
    """The numbers of one figure as CSV, with the cut in the file's name."""
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    rows = figure_rows(dashboard, name, link=frame.link()) if dashboard is not None else None
    if dashboard is None or rows is None:
        raise Http404
    return frame.data(dashboard, name, rows)


@require_safe
def run_status(request: Request, slug: str) -> HttpResponse:
    """How far the newest run is: the fragment that the dashboard asks for until the end."""
    trial = trial_or_404(request, slug)
    if not may_compare(trial, by=request.user):
        require_permission(request.user, Permission.DASHBOARD_VIEW, trial=trial)
    run = NightlyRun.objects.latest_of(trial)
    response = render(request, "reports/_run_status.html", run_context(trial, run))
    # The page has more to say of the end than this fragment: new numbers, or that they are old.
    if run is not None and not run.is_active and request.headers.get("HX-Request"):
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
