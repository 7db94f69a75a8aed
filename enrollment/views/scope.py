"""First step of every view: the row, as far as the person can see it, else 404."""

from django.http import Http404
from django.shortcuts import get_object_or_404

from core.http import Request
from core.scope import enter
from enrollment.models import Patient, Visit
from enrollment.registry import FormSpec, Kind, get


def patient_or_404(request: Request, pk: int) -> Patient:
    patients = Patient.objects.visible_to(request.user)
    related = patients.select_related("trial", "site", "version").defer("version__source")
    patient = get_object_or_404(related, pk=pk)
    enter(request, patient.trial, patient.site)
    return patient


def visit_or_404(request: Request, pk: int) -> Visit:
    visits = Visit.objects.visible_to(request.user)
    visit = get_object_or_404(visits.select_related("patient__trial", "patient__site"), pk=pk)
    enter(request, visit.patient.trial, visit.patient.site)
    return visit


def spec_or_404(slug: str, kind: Kind, patient: Patient) -> FormSpec:
    """A form of the program, or one of the patient's trial, with the fields of all versions."""
    try:
        spec = get(slug)
    except KeyError:
        raise Http404 from None
    if spec.kind is not kind or spec.trial not in ("", patient.trial.slug):
        raise Http404
    return spec


def asked_or_404(slug: str, kind: Kind, patient: Patient) -> FormSpec:
    """The same as the patient's version of the definition asks for it."""
    spec = spec_or_404(slug, kind, patient).asked_of(patient)
    if spec is None:
        raise Http404
    return spec
