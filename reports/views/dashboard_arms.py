"""Results by arm, at an address of their own: everywhere else the arms are pooled."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from core.http import Request
from enrollment.queries.arms import is_unblinded
from outcomes.queries.results import grouped_results_of, safety_by_arm_of
from reports.charts.by_arm_plots import arm_butterflies, hazard_forest_plot, survival_by_arm_plot
from reports.queries.behind import Part
from reports.queries.by_arm import Arms, numbers_of_arm, response_table, time_table
from reports.queries.figures_by_arm import DRAWN, figure_rows_by_arm
from reports.views.dashboard import wanted
from reports.views.dashboard_frame import Frame, open_frame_by_arm


@require_safe
def dashboard_arms(request: Request, slug: str) -> HttpResponse:
    frame = open_frame_by_arm(request, slug)
    arms = _arms(frame)
    context: dict[str, object] = {"arms": arms, "is_secret": not is_unblinded(frame.trial)}
    if arms is not None:
        safety = safety_by_arm_of(arms.dashboard.snapshot, by=request.user)
        context |= {
            "by_arm": True,
            "responses": response_table(arms),
            "times": time_table(arms),
            "survival": [survival_by_arm_plot(arms, endpoint) for endpoint in DRAWN],
            "forests": [hazard_forest_plot(arms, endpoint) for endpoint in DRAWN],
            "butterflies": arm_butterflies(arms, safety) if safety is not None else [],
        }
    return frame.page("reports/dashboard_arms.html", **context)


def _arms(frame: Frame) -> Arms | None:
    """None where the cut has no results by arm."""
    dashboard = frame.dashboard
    if dashboard is None:
        return None
    grouped = grouped_results_of(
        dashboard.snapshot,
        population=dashboard.population["id"],
        criteria=dashboard.criteria,
        by=frame.request.user,
    )
    return Arms(dashboard, grouped) if grouped is not None else None


@require_safe
def arms_patients(request: Request, slug: str) -> HttpResponse:
    """The patients behind a number of one arm (`?arm=`), as far as the person may see them."""
    frame = open_frame_by_arm(request, slug)
    arms = _arms(frame)
    arm = request.GET.get("arm", "")
    if arms is None or arm not in {"", *arms.names}:
        raise Http404
    if not arm:
        return frame.patients(wanted(request))
    numbers = numbers_of_arm(frame.trial, arm, by=request.user)
    return frame.patients(wanted(request), part=Part(arms.names[arm], numbers))


@require_safe
def arms_figure_data(request: Request, slug: str, name: str) -> HttpResponse:
    frame = open_frame_by_arm(request, slug)
    arms = _arms(frame)
    if arms is None:
        raise Http404
    safety = safety_by_arm_of(arms.dashboard.snapshot, by=request.user)
    rows = figure_rows_by_arm(arms, safety, name)
    if rows is None:
        raise Http404
    return frame.data(arms.dashboard, name, rows)
