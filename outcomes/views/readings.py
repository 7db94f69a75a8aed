"""Both readings side by side, and which of them an adjudicator accepts: of one patient, and over
the trial."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.lazy import load
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from enrollment.models import Patient
from outcomes.actions.adjudication import adjudicate, check_to_decide
from outcomes.adjudication_form import AdjudicationForm
from outcomes.models import Adjudication, Snapshot
from outcomes.queries.adjudication import adjudicates, adjudication_lines, fingerprint_of


@require_http_methods(["GET", "HEAD", "POST"])
def reading_compare(request: Request, pk: int) -> HttpResponse:
    """Takes an adjudicator's decision, too; 422 where it is refused."""
    patients = Patient.objects.visible_to(request.user)
    related = patients.select_related("trial", "site", "version").defer("version__source")
    patient = get_object_or_404(related, pk=pk)
    enter(request, patient.trial, patient.site)
    readings = load("outcomes.queries.readings")
    if request.method == "POST":
        require_permission(request.user, Permission.READINGS_ADJUDICATE, site=patient.site)
    elif not readings.may_compare(request.user, patient):
        raise PermissionDenied(
            _("An investigator sees both readings once every scan of the patient is locked.")
        )
    form = AdjudicationForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _decided(request, patient, form):
        messages.success(request, _("The decision is stored. It counts from the next night on."))
        return redirect("outcomes:discordance-detail", patient.trial.slug)
    knows_patient = has_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    context = {
        "trial": patient.trial,
        "nav": "patients" if knows_patient else "discordance",
        "patient": patient,
        "knows_patient": knows_patient,
        # Before the readings are read: a change in between is refused, not overlooked.
        "adjudication": _adjudication(request, patient),
        "comparison": readings.compare(patient),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "outcomes/reading_compare.html", context, status=status)


def _decided(request: Request, patient: Patient, form: AdjudicationForm) -> bool:
    try:
        adjudicate(patient, by=request.user, now=timezone.now(), **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _adjudication(request: Request, patient: Patient) -> dict[str, Any] | None:
    """`why_not`: what keeps the readings from being decided about; none without adjudicator."""
    if not adjudicates(patient.trial):
        return None
    try:
        check_to_decide(patient)
        why_not = ""
    except Refused as refusal:
        why_not = str(refusal)
    log = Adjudication.objects.filter(patient=patient).select_related("decided_by")
    decides = has_permission(request.user, Permission.READINGS_ADJUDICATE, site=patient.site)
    return {
        "seen": fingerprint_of(patient),
        "why_not": why_not,
        "decides": decides and not why_not,
        "log": list(log.order_by("-pk")),
    }


@require_safe
def discordance_detail(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.READINGS_COMPARE, trial=trial)
    queries = load("outcomes.queries.readings")
    snapshot = Snapshot.objects.current(trial)
    readings = queries.readings_of(snapshot) if snapshot is not None else None
    has_both = readings is not None and bool(readings["patients"])
    is_adjudicated = adjudicates(trial)
    context = {
        "trial": trial,
        "nav": "discordance",
        "snapshot": snapshot,
        "readings": readings if has_both else None,
        "rates": queries.rates(readings) if has_both else [],
        "lines": queries.compared_patients(readings, trial, request.user) if has_both else [],
        "is_adjudicated": is_adjudicated,
        "adjudications": adjudication_lines(trial, request.user, readings)
        if is_adjudicated and readings is not None
        else [],
    }
    return render(request, "outcomes/discordance_detail.html", context)
