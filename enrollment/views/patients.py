"""The grid of a trial, one patient, and the way from screening to enrollment."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.calc.dates import normalize
from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, has_permission, require_permission, sites_where
from core.policies.sites import any_open
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.actions import enroll_patient, record_consent, screen_patient
from enrollment.alerts import alerts
from enrollment.forms.patients import ConsentForm, EnrollmentForm, ScreeningForm
from enrollment.models import Patient
from enrollment.models.patient import PatientQuerySet
from enrollment.panels import panels_of
from enrollment.queries.arms import is_unblinded
from enrollment.queries.grid import patient_grid
from enrollment.queries.moves import moved_visits
from enrollment.queries.patients import (
    logs,
    one_time_forms,
    patient_schedule,
    patient_status,
)
from enrollment.queries.randomization import allocation_of
from enrollment.queries.review import patient_review
from enrollment.queries.trials import current_version
from enrollment.views.scope import patient_or_404

PATIENTS_A_PAGE = 100


@require_safe
def patient_list(request: Request, slug: str) -> HttpResponse:
    """The grid: enrolled patients by visits, each cell a link to the visit."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    sites = Site.objects.visible_to(request.user).filter(trial=trial)
    patients = _patients_of(trial, request).enrolled()
    chosen_site = _asked(request, "site")
    if chosen_site:
        patients = patients.filter(site__code=chosen_site)
    found = _asked(request, "q")
    if found:
        patients = patients.filter(number__icontains=found)
    page = Paginator(patients.order_by("number"), PATIENTS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "enrollment/patient_list.html",
        {
            "trial": trial,
            "nav": "patients",
            "sites": sites,
            "chosen_site": chosen_site,
            "found": found,
            "page": page,
            "grid": patient_grid(
                list(page),
                current_version(trial).definition,
                language=get_language() or "en",
                today=timezone.localdate(),
            ),
            "query": urlencode({"q": found, "site": chosen_site}) + "&",
            "can_screen": has_permission(request.user, Permission.PATIENT_SCREEN, trial=trial),
        },
    )


def _patients_of(trial: Trial, request: Request) -> PatientQuerySet:
    """Of the sites where the person may see patients, which other roles may not cover."""
    sites = sites_where(request.user, Permission.PATIENT_VIEW)
    return Patient.objects.visible_to(request.user).filter(trial=trial, site__in=sites)


def _asked(request: Request, name: str) -> str:
    """A text of the address as typed, but for the NUL that PostgreSQL takes for an error."""
    return normalize(request.GET.get(name, "").replace("\0", ""))


@require_safe
def screening_log(request: Request, slug: str) -> HttpResponse:
    """Everybody who was screened, with the reason where somebody was not eligible."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    patients = _patients_of(trial, request)
    language = get_language() or "en"
    texts = {
        item.id: item.text.in_language(language)
        for item in current_version(trial).definition.criteria
    }
    page = Paginator(
        patients.select_related("site").order_by("-screened_on", "-pk"), PATIENTS_A_PAGE
    ).get_page(request.GET.get("page"))
    return render(
        request,
        "enrollment/screening_list.html",
        {
            "trial": trial,
            "nav": "screening",
            "page": page,
            "lines": [
                {
                    "patient": patient,
                    "failed": [
                        (key, texts.get(key, ""))
                        for key in patient.ineligible_because.split(", ")
                        if key
                    ],
                }
                for patient in page
            ],
            "can_screen": has_permission(request.user, Permission.PATIENT_SCREEN, trial=trial),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def patient_screen(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_SCREEN, trial=trial)
    version = current_version(trial)
    sites = sites_where(request.user, Permission.PATIENT_SCREEN).filter(trial=trial)
    form = ScreeningForm(
        request.POST if request.method == "POST" else None,
        definition=version.definition,
        sites=sites,
        today=timezone.localdate(),
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            patient = screen_patient(
                by=request.user,
                site=values["site"],
                version=version,
                sex=values["sex"],
                born_on=values["born_on"],
                screened_on=values["screened_on"],
                regimen=values.get("regimen", ""),
                answers=form.answers,
                submission=values["submission"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            if patient.is_eligible:
                messages.success(request, _("All criteria are met. Record the consent next."))
            else:
                messages.warning(
                    request, _("Not eligible. The patient is kept in the screening log.")
                )
            return redirect("enrollment:patient-detail", patient.pk)
    status = 422 if form.is_bound else 200
    context = {
        "trial": trial,
        "nav": "screening",
        "form": form,
        "is_closed": not form.is_bound and not any_open(sites),
        "inclusions": form.criteria("inclusion"),
        "exclusions": form.criteria("exclusion"),
    }
    return render(request, "enrollment/patient_screen.html", context, status=status)


@require_safe
def patient_detail(request: Request, pk: int) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    return _patient_page(request, patient)


@require_POST
def consent_record(request: Request, pk: int) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_ENROLL, site=patient.site)
    form = ConsentForm(request.POST, definition=patient.version.definition)
    if form.is_valid():
        try:
            record_consent(
                patient,
                by=request.user,
                version=form.cleaned_data["version"],
                signed_on=form.cleaned_data["signed_on"],
                today=timezone.localdate(),
            )
        except Refused as refusal:
            form.add_error("signed_on", str(refusal))
        else:
            messages.success(request, _("The consent is recorded."))
            return redirect("enrollment:patient-detail", patient.pk)
    return _patient_page(request, patient, consent_form=form, status=422)


@require_POST
def patient_enroll(request: Request, pk: int) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_ENROLL, site=patient.site)
    form = EnrollmentForm(request.POST)
    if form.is_valid():
        try:
            patient = enroll_patient(patient, by=request.user, on=form.cleaned_data["enrolled_on"])
        except Refused as refusal:
            form.add_error("enrolled_on", str(refusal))
        else:
            messages.success(
                request,
                _("Enrolled. The patient number is %(number)s.") % {"number": patient.number},
            )
            return redirect("enrollment:patient-detail", patient.pk)
    return _patient_page(request, patient, enrollment_form=form, status=422)


def _patient_page(
    request: Request,
    patient: Patient,
    *,
    consent_form: ConsentForm | None = None,
    enrollment_form: EnrollmentForm | None = None,
    status: int = 200,
) -> HttpResponse:
    definition = patient.version.definition
    language = get_language() or "en"
    failed = patient.ineligible_because.split(", ")
    answers = {item.criterion: item.answer for item in patient.criterion_answers.all()}
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "review": patient_review(request.user, patient),
        "status": patient_status(patient),
        "consents": patient.consents.select_related("recorded_by"),
        "criteria": [
            (item.text.in_language(language), answers.get(item.id, ""), item.id in failed, item.id)
            for item in definition.criteria
        ],
        "alerts": alerts(request.user, at=timezone.now(), patient=patient),
        "schedule": patient_schedule(patient, today=timezone.localdate()),
        "moves": moved_visits(patient),
        "panels": panels_of(patient, request.user),
        "one_time_forms": one_time_forms(patient),
        "logs": logs(patient),
        "consent_form": consent_form or ConsentForm(definition=definition),
        "enrollment_form": enrollment_form or EnrollmentForm(),
        "can_enroll": has_permission(request.user, Permission.PATIENT_ENROLL, site=patient.site),
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, site=patient.site),
        "can_casebook": has_permission(request.user, Permission.CASEBOOK, site=patient.site),
        "can_audit": has_permission(request.user, Permission.AUDIT_VIEW, site=patient.site),
        **_randomization(request, patient),
    }
    return render(request, "enrollment/patient_detail.html", context, status=status)


def _randomization(request: Request, patient: Patient) -> dict[str, object]:
    """Nothing for a trial of one arm."""
    if patient.version.definition.randomization is None:
        return {"randomizes": False}
    allocated = allocation_of(patient)
    is_secret = allocated is not None and not is_unblinded(patient.trial)

    def may(permission: Permission) -> bool:
        return has_permission(request.user, permission, site=patient.site)

    return {
        "randomizes": True,
        "randomization": allocated,
        "can_randomize": may(Permission.PATIENT_RANDOMIZE),
        "can_unblind": is_secret and may(Permission.EMERGENCY_UNBLIND),
        "can_read_arm": not is_secret or may(Permission.ARM_VIEW),
    }
