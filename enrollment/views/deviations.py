"""Protocol deviations of a trial, and those that the schedule proposes."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Site
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.actions.deviations import FORM, record_visit_deviation
from enrollment.models import ProtocolDeviation, Visit
from enrollment.queries.deviations import (
    COLUMNS,
    Filters,
    deviating_visits,
    deviation_rows,
    recorded_deviations,
)
from enrollment.views.scope import visit_or_404

A_PAGE = 100
MOST_PROPOSED = 6


@require_safe
def deviation_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    filters = Filters.read(request.GET)
    everything = ProtocolDeviation.objects.visible_to(request.user).in_trial(trial)
    page = Paginator(recorded_deviations(filters.take(everything)), A_PAGE).get_page(
        request.GET.get("page")
    )
    proposed = deviating_visits(Visit.objects.visible_to(request.user).in_trial(trial))
    context = {
        "trial": trial,
        "nav": "safety",
        "filters": filters,
        "query": filters.query + "&",
        "page": page,
        "lines": _lines(list(page)),
        "proposed": proposed[:MOST_PROPOSED],
        "proposed_count": len(proposed),
        "sites": Site.objects.visible_to(request.user).filter(trial=trial),
        "categories": ProtocolDeviation.Category.choices,
        "importances": ProtocolDeviation.Importance.choices,
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, trial=trial),
    }
    return render(request, "enrollment/deviation_list.html", context)


@require_safe
def deviation_csv(request: Request, slug: str) -> HttpResponse:
    """The rows that the list shows under the same filters; handing them out is noted."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    everything = ProtocolDeviation.objects.visible_to(request.user).in_trial(trial)
    rows = list(recorded_deviations(Filters.read(request.GET).take(everything)))
    audit.record("export", by=request.user, target=trial, table="deviation_list", rows=len(rows))
    lines = [COLUMNS, *deviation_rows(rows)]
    return csv_download(f"{trial.slug}-deviations.csv", lines)


@require_POST
def visit_deviation(request: Request, pk: int) -> HttpResponse:
    """One press: the deviation of a missed or late visit, filled in, to be completed."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    try:
        deviation = record_visit_deviation(visit, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("enrollment:visit-detail", visit.pk)
    return redirect("enrollment:log-form", visit.patient_id, FORM, deviation.pk)


def _lines(deviations: list[ProtocolDeviation]) -> list[tuple[ProtocolDeviation, str]]:
    """Each with the name of its visit, in one query."""
    visits = Visit.objects.filter(
        patient__in={item.patient_id for item in deviations},
        key__in={item.visit_key for item in deviations},
    )
    labels = {(visit.patient_id, visit.key): visit.label for visit in visits}
    return [(item, labels.get((item.patient_id, item.visit_key), "")) for item in deviations]
