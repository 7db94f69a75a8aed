"""First step of every view: the row, as far as the person can see it, else 404."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone

from core.models import Site, Trial
from enrollment.models import Patient, TrialVersion, Visit
from enrollment.registry import FormSpec, Kind, get


def trial_or_404(request: HttpRequest, slug: str) -> Trial:
    trial = get_object_or_404(Trial.objects.visible_to(request.user), slug=slug)
    return _enter(request, trial)


def patient_or_404(request: HttpRequest, pk: int) -> Patient:
    patients = Patient.objects.visible_to(request.user)
    patient = get_object_or_404(patients.select_related("trial", "site", "version"), pk=pk)
    _enter(request, patient.trial, patient.site)
    return patient


def visit_or_404(request: HttpRequest, pk: int) -> Visit:
    visits = Visit.objects.visible_to(request.user).select_related(
        "patient__trial", "patient__site", "patient__version"
    )
    visit = get_object_or_404(visits, pk=pk)
    _enter(request, visit.patient.trial, visit.patient.site)
    return visit


def spec_or_404(slug: str, kind: Kind) -> FormSpec:
    try:
        spec = get(slug)
    except KeyError:
        raise Http404 from None
    if spec.kind is not kind:
        raise Http404
    return spec


def current_version(trial: Trial) -> TrialVersion:
    """The newest version; new patients are pinned to it."""
    return trial.versions.order_by("-number")[0]


def _enter(request: HttpRequest, trial: Trial, site: Site | None = None) -> Trial:
    """Names the trial for the page's frame and shows times in the site's zone."""
    request.trial = trial  # type: ignore[attr-defined]
    if site is not None:
        timezone.activate(site.time_zone)
    return trial
