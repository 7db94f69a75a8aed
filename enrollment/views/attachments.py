"""Files of a patient. Each is reached through the person's sites, and no other way."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import audit
from core.audit.blinding import may_see_arm
from core.http import Request
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter
from enrollment import file_store
from enrollment.actions.attachments import attach_file, withdraw_file
from enrollment.forms.files import AttachmentForm
from enrollment.models import Attachment, Patient
from enrollment.views.scope import patient_or_404


@require_http_methods(["GET", "HEAD", "POST"])
def attachment_list(request: Request, pk: int) -> HttpResponse:
    """The files of the patient, and the form that adds one."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=patient.site)
    if request.method != "POST":
        return _page(request, patient, AttachmentForm(patient=patient))
    require_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
    form = AttachmentForm(request.POST, request.FILES, patient=patient)
    if form.is_valid():
        values = form.cleaned_data
        try:
            attach_file(
                patient,
                values["file"],
                by=request.user,
                kind=values["kind"],
                visit=values["visit"],
                could_unblind=values.get("could_unblind", False),
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            messages.success(request, _("The file is attached."))
            return redirect("enrollment:attachment-list", patient.pk)
    return _page(request, patient, form, status=422)


@require_safe
def attachment_file(request: Request, pk: int) -> HttpResponse:
    """The file itself, to be saved and not shown: whatever it holds, no browser runs it here."""
    attachment = _attachment_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=attachment.patient.site)
    try:
        content = file_store.content_of(attachment.sha256)
    except file_store.Damaged:
        return _page(
            request,
            attachment.patient,
            AttachmentForm(patient=attachment.patient),
            status=500,
            refusal=_("The stored file is damaged or missing. Tell the administrator."),
        )
    audit.record("file read", by=request.user, target=attachment)
    return HttpResponse(
        content,
        content_type=attachment.content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, attachment.name) or "",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


@require_POST
def attachment_withdraw(request: Request, pk: int) -> HttpResponse:
    attachment = _attachment_or_404(request, pk)
    patient = attachment.patient
    require_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
    reason = request.POST.get("reason", "")[:500]
    try:
        withdraw_file(attachment, by=request.user, at=timezone.now(), reason=reason)
    except Refused as refusal:
        form = AttachmentForm(patient=patient)
        return _page(request, patient, form, status=422, refusal=str(refusal))
    messages.success(request, _("The file is withdrawn; it stays readable."))
    return redirect("enrollment:attachment-list", patient.pk)


def _attachment_or_404(request: Request, pk: int) -> Attachment:
    everything = Attachment.objects.visible_to(request.user)
    related = everything.select_related("patient__trial", "patient__site", "patient__version")
    attachment = get_object_or_404(related.defer("patient__version__source"), pk=pk)
    trial = attachment.patient.trial
    sees_arm = may_see_arm(request.user, trial)
    if not Attachment.objects.shown_to(request.user, may_see_arm=sees_arm).filter(pk=pk).exists():
        raise Http404
    enter(request, trial, attachment.patient.site)
    return attachment


def _page(
    request: Request,
    patient: Patient,
    form: AttachmentForm,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    sees_arm = may_see_arm(request.user, patient.trial)
    seen = Attachment.objects.shown_to(request.user, may_see_arm=sees_arm)
    context: dict[str, Any] = {
        "trial": patient.trial,
        "nav": "patients",
        "patient": patient,
        "files": seen.filter(patient=patient).select_related("visit", "added_by", "withdrawn_by"),
        "form": form,
        "refusal": refusal,
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, site=patient.site),
    }
    return render(request, "enrollment/attachment_list.html", context, status=status)
