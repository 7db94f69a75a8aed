"""The dashboard's tabs on safety and on quality of life, read from parts of the snapshot."""

from functools import partial

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from core.http import Request
from outcomes.calc.snapshot.safety_summary import QualityOfLife, Safety
from outcomes.queries.results import quality_of_life_of, safety_of
from reports.charts.safety_plots import (
    butterfly_plot,
    change_plot,
    compliance_plot,
    intensity_plot,
    marker_plot,
    trend_plot,
)
from reports.queries.behind_safety import EVENTS
from reports.queries.dashboard import Dashboard
from reports.queries.safety import (
    change_visits,
    event_rows,
    exposure_rows,
    scale_of,
    scale_rows,
    shift_rows,
    shift_tables,
    treatment_names,
    trend_of,
)
from reports.views.dashboard_frame import Frame, open_frame


@require_safe
def dashboard_safety(request: Request, slug: str) -> HttpResponse:
    """`?test=` chooses the laboratory test whose trend and shifts are shown."""
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    safety = safety_of(dashboard.snapshot) if dashboard is not None else None
    context: dict[str, object] = {"safety": safety}
    if dashboard is not None and safety is not None:
        context |= _events(frame, dashboard, safety)
        context |= _laboratory(frame, dashboard, safety) | _exposure(frame, dashboard, safety)
    return frame.page("reports/dashboard_safety.html", **context)


def _events(frame: Frame, dashboard: Dashboard, safety: Safety) -> dict[str, object]:
    behind = partial(dashboard.behind, EVENTS)
    total, *rows = event_rows(safety, language=frame.language, behind=behind)
    return {
        "butterfly": butterfly_plot(safety, language=frame.language, behind=behind),
        "event_total": total,
        "event_rows": rows,
    }


def _laboratory(frame: Frame, dashboard: Dashboard, safety: Safety) -> dict[str, object]:
    tests = [trend["test"] for trend in safety["trends"]]
    asked = frame.request.GET.get("test", "")
    test = asked if asked in tests else next(iter(tests), "")
    trend = trend_of(safety, test)
    version = safety["ctcae_version"]
    shift, values = partial(dashboard.behind, "shift"), partial(dashboard.behind, "laboratory")
    return {
        "test": test,
        "shift_rows": shift_rows(safety, chosen=dashboard.chosen, behind=shift),
        "shift_tables": shift_tables(safety, test, language=frame.language, behind=shift),
        "trend": trend_plot(trend, ctcae_version=version, behind=values) if trend else None,
        "markers": [
            marker_plot(marker, behind=partial(dashboard.behind, "marker"))
            for marker in safety["markers"]
        ],
    }


def _exposure(frame: Frame, dashboard: Dashboard, safety: Safety) -> dict[str, object]:
    behind = partial(dashboard.behind, "doses")
    names = treatment_names(frame.definition, language=frame.language)
    return {
        "exposure_rows": exposure_rows(safety["exposure"], names, behind=behind),
        "intensity": intensity_plot(safety, names, behind=behind),
        "compliance": compliance_plot(safety, behind=behind),
    }


@require_safe
def dashboard_quality_of_life(request: Request, slug: str) -> HttpResponse:
    """`?scale=` chooses the scale that is drawn."""
    frame = open_frame(request, slug)
    dashboard = frame.dashboard
    part = quality_of_life_of(dashboard.snapshot) if dashboard is not None else None
    context: dict[str, object] = {"part": part}
    if dashboard is not None and part is not None:
        context |= _scales(request, dashboard, part)
    return frame.page("reports/dashboard_quality_of_life.html", **context)


def _scales(request: Request, dashboard: Dashboard, part: QualityOfLife) -> dict[str, object]:
    scale = scale_of(part, request.GET.get("scale", ""))
    behind = partial(dashboard.behind, "quality-of-life")
    return {
        "scale": scale,
        "change": change_plot(part, scale, behind=behind) if scale is not None else None,
        "visits": change_visits(part),
        "scale_rows": scale_rows(part, chosen=dashboard.chosen, behind=behind),
    }
