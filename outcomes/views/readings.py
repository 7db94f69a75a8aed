"""Both readings side by side: of one patient, and over the trial."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.http import Request
from core.lazy import load
from core.permissions import Permission, require_permission
from core.scope import enter, trial_or_404
from enrollment.models import Patient
from outcomes.models import Snapshot


@require_safe
def reading_compare(request: Request, pk: int) -> HttpResponse:
    patients = Patient.objects.visible_to(request.user)
    related = patients.select_related("trial", "site", "version").defer("version__source")
    patient = get_object_or_404(related, pk=pk)
    enter(request, patient.trial, patient.site)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    readings = load("outcomes.queries.readings")
    if not readings.may_compare(request.user, patient):
        raise PermissionDenied(
            _("An investigator sees both readings once every scan of the patient is locked.")
        )
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "comparison": readings.compare(patient),
    }
    return render(request, "outcomes/reading_compare.html", context)


@require_safe
def discordance_detail(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.READINGS_COMPARE, trial=trial)
    queries = load("outcomes.queries.readings")
    snapshot = Snapshot.objects.current(trial)
    readings = queries.readings_of(snapshot) if snapshot is not None else None
    has_both = readings is not None and bool(readings["patients"])
    context = {
        "trial": trial,
        "nav": "discordance",
        "snapshot": snapshot,
        "readings": readings if has_both else None,
        "rates": queries.rates(readings) if has_both else [],
        "lines": queries.compared_patients(readings, trial, request.user) if has_both else [],
    }
    return render(request, "outcomes/discordance_detail.html", context)
