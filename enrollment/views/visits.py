"""One visit: when it took place, and its forms."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from enrollment.actions import add_unscheduled_visit, mark_visit_missed, record_visit_date
from enrollment.calc.schedule import Move
from enrollment.forms.visits import MissedVisitForm, UnscheduledVisitForm, VisitDateForm
from enrollment.models import Visit
from enrollment.queries.deviations import deviating_visits
from enrollment.queries.patients import visit_forms
from enrollment.queries.progress import visit_progress
from enrollment.queries.review import patient_review
from enrollment.views.scope import patient_or_404, visit_or_404


@require_safe
def visit_detail(request: Request, pk: int) -> HttpResponse:
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=visit.patient.site)
    return _visit_page(request, visit)


@require_POST
def visit_open(request: Request, pk: int) -> HttpResponse:
    """Stores the date of the visit and goes on to its first form."""
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    form = VisitDateForm(request.POST)
    if form.is_valid():
        try:
            _visit, moves = record_visit_date(
                visit,
                by=request.user,
                on=form.cleaned_data["actual_date"],
                today=timezone.localdate(),
                reason=form.cleaned_data["reason"],
            )
        except Refused as refusal:
            form.add_error("actual_date", str(refusal))
        else:
            messages.success(request, _visit_saved(moves))
            return redirect("enrollment:visit-detail", visit.pk)
    return _visit_page(request, visit, date_form=form, status=422)


@require_POST
def visit_miss(request: Request, pk: int) -> HttpResponse:
    visit = visit_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site)
    form = MissedVisitForm(request.POST)
    if form.is_valid():
        try:
            mark_visit_missed(visit, by=request.user, reason=form.cleaned_data["reason"])
        except Refused as refusal:
            form.add_error("reason", str(refusal))
        else:
            messages.success(request, _("The visit is marked as missed."))
            return redirect("enrollment:patient-detail", visit.patient_id)
    return _visit_page(request, visit, missed_form=form, status=422)


@require_http_methods(["GET", "POST"])
def visit_new(request: Request, pk: int) -> HttpResponse:
    """A visit that the protocol does not plan."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=patient.site)
    definition = patient.version.definition
    is_sent = request.method == "POST"
    form = UnscheduledVisitForm(request.POST if is_sent else None, definition=definition)
    if form.is_valid():
        try:
            visit = add_unscheduled_visit(
                patient,
                by=request.user,
                on=form.cleaned_data["actual_date"],
                today=timezone.localdate(),
                reason=form.cleaned_data["reason"].strip(),
                forms=form.cleaned_data["forms"],
            )
        except Refused as refusal:
            form.add_error("actual_date", str(refusal))
        else:
            return redirect("enrollment:visit-detail", visit.pk)
    context = {"trial": patient.trial, "nav": "patients", "patient": patient, "form": form}
    return render(
        request, "enrollment/visit_new.html", context, status=422 if form.is_bound else 200
    )


def _visit_saved(moves: list[Move]) -> str:
    saved = _("The visit date is recorded.")
    if not moves:
        return saved
    said = ngettext(
        "%(count)d visit moved with it: %(visit)s from %(was)s to %(now)s.",
        "%(count)d visits moved with it, first %(visit)s from %(was)s to %(now)s.",
        len(moves),
    ) % {"count": len(moves), "visit": moves[0].label, "was": moves[0].was, "now": moves[0].now}
    return f"{saved} {said}"


def _visit_page(
    request: Request,
    visit: Visit,
    *,
    date_form: VisitDateForm | None = None,
    missed_form: MissedVisitForm | None = None,
    status: int = 200,
) -> HttpResponse:
    today = timezone.localdate()
    form_lines = visit_forms(visit)
    context = {
        "trial": visit.patient.trial,
        "nav": "patients",
        "patient": visit.patient,
        "review": patient_review(request.user, visit.patient),
        "visit": visit,
        "form_lines": form_lines,
        "progress": visit_progress(
            visit, {line.spec.slug: line.badge or "draft" for line in form_lines}, today=today
        ),
        "date_form": date_form
        or VisitDateForm(
            initial={
                "actual_date": visit.actual_date or today,
                "reason": visit.deviation_reason,
            }
        ),
        "deviates": bool(deviating_visits(Visit.objects.filter(pk=visit.pk))),
        "missed_form": missed_form or MissedVisitForm(),
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, site=visit.patient.site),
    }
    return render(request, "enrollment/visit_detail.html", context, status=status)
