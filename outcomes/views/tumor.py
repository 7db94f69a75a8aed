"""A patient's lesions, sums and responses over all scans."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.http import Request
from core.lazy import load
from core.permissions import Permission, require_permission
from core.scope import enter
from enrollment.models import Patient


@require_safe
def tumor_detail(request: Request, pk: int) -> HttpResponse:
    patients = Patient.objects.visible_to(request.user)
    related = patients.select_related("trial", "site", "version").defer("version__source")
    patient = get_object_or_404(related, pk=pk)
    enter(request, patient.trial, patient.site)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    history = load("outcomes.queries.tumor_history").tumor_history(patient)
    has_sums = history is not None and bool(history.sums)
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "history": history,
        "can_compare": load("outcomes.queries.readings").may_compare(request.user, patient),
        "figure": load("outcomes.charts").sum_figure(history) if has_sums else None,
        "summary": load("outcomes.charts").sum_summary(history) if has_sums else "",
    }
    return render(request, "outcomes/tumor_detail.html", context)
