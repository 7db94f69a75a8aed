"""The audit trail: of a trial, of a patient, of its people, on the screen and as a file."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from core.http import Request
from core.models import AuditEntry, Trial
from core.permissions import Permission, has_permission, require_permission
from core.scope import enter, trial_or_404
from enrollment.models import Patient
from reports.actions.trail import export_trail
from reports.forms.trail import TrailFilter
from reports.queries import trail
from reports.queries.redactions import with_redactions
from reports.queries.trail_lines import trail_lines
from reports.queries.trail_names import with_names


@require_safe
def audit_trail(request: Request, slug: str) -> HttpResponse:
    trial = _reviewed(request, slug)
    return _page(request, trial, trail.trail_of_trial(trial, request.user), nav="audit")


@require_safe
def audit_trail_csv(request: Request, slug: str) -> HttpResponseBase:
    trial = _reviewed(request, slug)
    return _file(request, trial, trail.trail_of_trial(trial, request.user), name="audit_trail")


@require_safe
def security_trail(request: Request, slug: str) -> HttpResponse:
    trial = _secured(request, slug)
    return _page(
        request,
        trial,
        trail.trail_of_people(trial, request.user),
        nav="audit",
        template="reports/security_trail.html",
        without=("patient", "finding", "table"),
    )


@require_safe
def security_trail_csv(request: Request, slug: str) -> HttpResponseBase:
    trial = _secured(request, slug)
    return _file(request, trial, trail.trail_of_people(trial, request.user), name="security_trail")


@require_safe
def patient_trail(request: Request, pk: int) -> HttpResponse:
    patient = _patient(request, pk)
    return _page(
        request,
        patient.trial,
        trail.trail_of_patient(patient, request.user),
        nav="patients",
        template="reports/patient_trail.html",
        without=("patient", "finding"),
        patient=patient,
    )


@require_safe
def patient_trail_csv(request: Request, pk: int) -> HttpResponseBase:
    patient = _patient(request, pk)
    entries = trail.trail_of_patient(patient, request.user)
    return _file(request, patient.trial, entries, name=f"audit_trail_{patient}")


def _reviewed(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.AUDIT_REVIEW, trial=trial)
    return trial


def _secured(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    if not any(has_permission(request.user, each, trial=trial) for each in trail.SECURITY):
        raise PermissionDenied
    return trial


def _patient(request: Request, pk: int) -> Patient:
    patients = Patient.objects.visible_to(request.user).select_related("trial", "site")
    patient = get_object_or_404(patients, pk=pk)
    enter(request, patient.trial, patient.site)
    require_permission(request.user, Permission.AUDIT_VIEW, site=patient.site)
    return patient


def _page(
    request: Request,
    trial: Trial,
    entries: QuerySet[AuditEntry],
    *,
    nav: str,
    template: str = "reports/audit_trail.html",
    without: tuple[str, ...] = (),
    **more: Any,
) -> HttpResponse:
    form = TrailFilter(request.GET, trial=trial, without=without)
    found = trail.narrowed(entries, form.wanted, trial=trial)
    page = trail.page_of(found, before=_number(request.GET.get("before", "")))
    shows_arm = trail.shows_arm(request.user, trial)
    lines = trail_lines(page.entries, shows_arm=shows_arm, zone=trail.zone_of(trial))
    context = {
        "trial": trial,
        "nav": nav,
        "filter": form,
        "query": urlencode(form.chosen),
        "is_first": "before" not in request.GET,
        "older": page.older,
        "lines": with_redactions(
            with_names(lines), trial=trial, reader=request.user, shows_arm=shows_arm
        ),
        "can_review": has_permission(request.user, Permission.AUDIT_REVIEW, trial=trial),
    }
    return render(request, template, context | more)


def _file(
    request: Request, trial: Trial, entries: QuerySet[AuditEntry], *, name: str
) -> HttpResponseBase:
    form = TrailFilter(request.GET, trial=trial)
    chunks = export_trail(
        trail.narrowed(entries, form.wanted, trial=trial),
        by=request.user,
        trial=trial,
        name=name,
        wanted=form.wanted,
        shows_arm=trail.shows_arm(request.user, trial),
        zone=trail.zone_of(trial),
    )
    return StreamingHttpResponse(
        chunks,
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{trial.slug}-{name}.csv"'},
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
