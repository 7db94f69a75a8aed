"""Asking for a casebook, watching it being made, and fetching it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.models import Site
from core.permissions import Permission, require_permission, sites_where
from core.scope import enter, trial_or_404
from enrollment.models import Patient
from reports.actions.casebooks import fetch, request_casebook
from reports.models import CasebookExport, CasebookFile


@require_http_methods(["GET", "HEAD", "POST"])
def patient_casebook(request: Request, pk: int) -> HttpResponse:
    """What a casebook is, those that the person made of this patient, and the button."""
    patients = Patient.objects.visible_to(request.user).select_related("trial", "site")
    patient = get_object_or_404(patients, pk=pk)
    enter(request, patient.trial, patient.site)
    require_permission(request.user, Permission.CASEBOOK, site=patient.site)
    if request.method == "POST":
        export = request_casebook(patient.site, patient=patient, by=request.user)
        return redirect("reports:casebook-detail", export.pk)
    context = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "exports": _own(request, patient=patient),
    }
    return render(request, "reports/casebook_patient.html", context)


@require_safe
def casebook_list(request: Request, slug: str) -> HttpResponse:
    """The sites whose casebooks the person may have, for the investigator's copy at close-out."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.CASEBOOK, trial=trial)
    sites = sites_where(request.user, Permission.CASEBOOK).filter(trial=trial)
    context = {
        "trial": trial,
        "nav": "casebooks",
        "sites": [(site, Patient.objects.filter(site=site).count()) for site in sites],
        "exports": _own(request, site__trial=trial, patient=None),
    }
    return render(request, "reports/casebook_list.html", context)


@require_POST
def site_casebook(request: Request, pk: int) -> HttpResponse:
    site = get_object_or_404(Site.objects.visible_to(request.user).select_related("trial"), pk=pk)
    require_permission(request.user, Permission.CASEBOOK, site=site)
    if not Patient.objects.filter(site=site).exists():
        messages.info(request, _("This site has no patients yet."))
        return redirect("reports:casebook-list", site.trial.slug)
    export = request_casebook(site, by=request.user)
    return redirect("reports:casebook-detail", export.pk)


@require_safe
def casebook_detail(request: Request, pk: int) -> HttpResponse:
    """How far it is; when it is done, its files with their hashes."""
    export = _own_or_404(request, pk)
    is_fragment = bool(request.headers.get("HX-Request"))
    name = "reports/_casebook_status.html" if is_fragment else "reports/casebook_detail.html"
    context = {
        "trial": export.site.trial,
        "nav": "patients" if export.patient_id else "casebooks",
        "export": export,
        "files": export.files.defer("content"),
        "is_dead": export.is_dead(timezone.now()),
    }
    return render(request, name, context)


@require_POST
def casebook_file(request: Request, pk: int, file_pk: int) -> HttpResponse:
    """By POST, because it is noted in the trail: nothing may fetch it ahead."""
    export = _own_or_404(request, pk)
    file = get_object_or_404(CasebookFile.objects.filter(export=export), pk=file_pk)
    content = fetch(export, file, by=request.user)
    return HttpResponse(
        content,
        content_type=file.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{file.name}"',
            "X-Content-SHA256": file.sha256,
        },
    )


def _own_or_404(request: Request, pk: int) -> CasebookExport:
    """The person's own, not expired, of a site at which the right still holds."""
    visible = CasebookExport.objects.visible_to(request.user).of(request.user)
    current = visible.filter(expires_at__gt=timezone.now())
    export = get_object_or_404(current.select_related("site__trial", "patient"), pk=pk)
    enter(request, export.site.trial, export.site)
    require_permission(request.user, Permission.CASEBOOK, site=export.site)
    return export


def _own(request: Request, **which: object) -> list[CasebookExport]:
    current = CasebookExport.objects.visible_to(request.user).of(request.user)
    return list(current.filter(expires_at__gt=timezone.now(), **which).select_related("site"))
