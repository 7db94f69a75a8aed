"""Emergency unblinding, the reading of an arm by those who may, and the register."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.reauthentication import check_fresh
from core.refusals import Refused
from core.scope import trial_or_404
from core.tasks import send_notices
from enrollment.actions.unblinding import record_accident, unblind_patient, unblind_trial
from enrollment.forms.randomization import (
    AccidentForm,
    EmergencyForm,
    PlannedConfirmation,
    PlannedForm,
)
from enrollment.models import Patient
from enrollment.policies import check_can_unblind_trial
from enrollment.queries.arms import Purpose, arms_of, is_unblinded
from enrollment.queries.randomization import allocation_of
from enrollment.queries.unblinding import HEADER, register_of, register_rows
from enrollment.views.scope import patient_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
@sensitive_variables("arm")
def patient_unblind(request: Request, pk: int) -> HttpResponse:
    """The answer to the POST is the only page that shows the arm, to this person, once."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.EMERGENCY_UNBLIND, site=patient.site)
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            check_fresh(request.user, form.cleaned_data["password"], request=request)
            arm, notices = unblind_patient(patient, by=request.user, account=form.account)
        except Refused as refused:
            form.add_error("password", str(refused))
        else:
            send_notices.delay_on_commit(notices)
            return _arm_page(request, patient, arm)
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "allocated": allocation_of(patient),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/patient_unblind.html", context, status=status)


@require_POST
@never_cache
@sensitive_variables("arms")
def patient_arm(request: Request, pk: int) -> HttpResponse:
    """For unblinded roles, and for all once arms are no secret; a POST, because it is noted."""
    patient = patient_or_404(request, pk)
    purpose = Purpose.OPEN if is_unblinded(patient.trial) else Purpose.ROUTINE
    arms = arms_of([patient], by=request.user, purpose=purpose)
    return _arm_page(request, patient, arms.get(patient.pk, ""))


def _arm_page(request: Request, patient: Patient, arm: str) -> HttpResponse:
    language = get_language() or "en"
    names = {item.id: item.name.in_language(language) for item in patient.version.definition.arms}
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "allocated": allocation_of(patient),
        "arm": names.get(arm, arm),
        "is_secret": not is_unblinded(patient.trial),
    }
    return render(request, "enrollment/patient_arm.html", context)


@require_safe
def unblinding_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.UNBLINDING_REGISTER, trial=trial)
    context = {
        "trial": trial,
        "nav": "unblinding",
        "entries": register_of(trial, user=request.user),
        "is_blinded": not is_unblinded(trial),
        "can_record": _may_record(request, trial),
        "can_unblind": has_permission(request.user, Permission.PLANNED_UNBLIND, trial=trial),
    }
    return render(request, "enrollment/unblinding_list.html", context)


@require_safe
def unblinding_csv(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.UNBLINDING_REGISTER, trial=trial)
    rows = list(register_rows(trial, user=request.user))
    audit.record("export", by=request.user, target=trial, table="unblindings", rows=len(rows))
    return csv_download(f"{trial.slug}-unblinding-register.csv", [HEADER, *rows])


@require_http_methods(["GET", "HEAD", "POST"])
def unblinding_record(request: Request, slug: str) -> HttpResponse:
    """An accident, written down by hand."""
    trial = trial_or_404(request, slug)
    if not _may_record(request, trial):
        require_permission(request.user, Permission.UNBLINDING_REGISTER, trial=trial)
    patients = Patient.objects.visible_to(request.user).filter(trial=trial).enrolled()
    form = AccidentForm(
        request.POST if request.method == "POST" else None,
        patients=patients.select_related("site").order_by("number"),
        today=timezone.localdate(),
    )
    if form.is_valid():
        values = dict(form.cleaned_data)
        _entry, notices = record_accident(values.pop("patient"), by=request.user, **values)
        send_notices.delay_on_commit(notices)
        messages.success(request, _("The register has the entry."))
        if has_permission(request.user, Permission.UNBLINDING_REGISTER, trial=trial):
            return redirect("enrollment:unblinding-list", trial.slug)
        return redirect("enrollment:patient-list", trial.slug)
    context = {"trial": trial, "nav": "unblinding", "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/unblinding_record.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def trial_unblind(request: Request, slug: str) -> HttpResponse:
    """In two steps: why, then the trial's name typed and the password."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PLANNED_UNBLIND, trial=trial)
    first = PlannedForm(request.POST if request.method == "POST" else None)
    is_second = "typed" in request.POST
    second = PlannedConfirmation(request.POST if is_second else None, slug=trial.slug)
    refusal = _what_forbids(trial)
    if is_second and second.is_valid():
        try:
            check_fresh(request.user, second.cleaned_data["password"], request=request)
            reason = second.cleaned_data["reason"]
            _entry, notices = unblind_trial(trial, by=request.user, reason=reason)
        except Refused as refused:
            refusal = str(refused)
        else:
            send_notices.delay_on_commit(notices)
            messages.success(request, _("The trial is unblinded. The register has the entry."))
            return redirect("enrollment:definition-detail", trial.slug)
    is_confirming = first.is_valid() and (is_second or not refusal)
    if is_confirming and not is_second:
        second = PlannedConfirmation(
            initial={"reason": first.cleaned_data["reason"]}, slug=trial.slug
        )
    context = {
        "trial": trial,
        "nav": "unblinding",
        "form": second if is_confirming else first,
        "is_confirming": is_confirming,
        "refusal": refusal,
    }
    is_refused = request.method == "POST" and (is_second or not is_confirming)
    status = 422 if is_refused else 200
    return render(request, "enrollment/trial_unblind.html", context, status=status)


def _what_forbids(trial: Trial) -> str:
    try:
        check_can_unblind_trial(trial)
    except Refused as refused:
        return str(refused)
    return ""


def _may_record(request: Request, trial: Trial) -> bool:
    """Whoever reads the register, and the investigators at whose site it happens."""
    may = (Permission.UNBLINDING_REGISTER, Permission.EMERGENCY_UNBLIND)
    return any(has_permission(request.user, permission, trial=trial) for permission in may)
