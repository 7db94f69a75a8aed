"""Filled forms as PDF."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import audit
from core.http import Request
from core.lazy import load
from core.permissions import Permission, require_permission
from core.scope import enter
from enrollment.models import FormRecord, Patient
from enrollment.registry import get


@require_safe
def form_pdf(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    """The form as it stands; printing it is noted in the audit trail."""
    patients = Patient.objects.visible_to(request.user)
    related = patients.select_related("trial", "site", "version").defer("version__source")
    patient = get_object_or_404(related, pk=pk)
    enter(request, patient.trial, patient.site)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    try:
        spec = get(slug)
    except KeyError:
        raise Http404 from None
    of_patient = spec.model._default_manager.filter(patient=patient)
    people = of_patient.select_related("created_by", "updated_by", "completed_by")
    record: FormRecord = get_object_or_404(people, pk=record_pk)
    record.patient = patient
    audit.record("print", by=request.user, target=record, form=slug, revision=record.revision)
    content = load("reports.pdf.form").render(
        spec, record, reader=request.user, at=timezone.localtime()
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="{patient}-{slug}-{record.pk}.pdf"',
        },
    )
