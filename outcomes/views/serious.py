"""Serious adverse events: the register of a trial, and one event with its reports and its clock."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.fields import captured_fields
from core.http import Request
from core.lazy import load
from core.models import Site
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from core.tasks import send_notices
from outcomes.actions.serious import FORM, start_follow_up, start_report, submit_report
from outcomes.calc.clock import Pace
from outcomes.forms import SubmissionForm
from outcomes.models import AdverseEvent, SeriousEvent
from outcomes.queries.serious import Case, Step, case_of
from outcomes.queries.serious_alerts import NEXT_STEPS, remaining_text
from outcomes.queries.serious_changes import changes_since, differences_from_log
from outcomes.queries.serious_register import COLUMNS, Filters, register_lines, register_row


@require_safe
def serious_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    filters = Filters.read(request.GET)
    events = AdverseEvent.objects.visible_to(request.user).in_trial(trial)
    everything = register_lines(events, at=timezone.now())
    labels = {field.name: field.verbose_name for field in captured_fields(SeriousEvent)}
    context = {
        "trial": trial,
        "nav": "safety",
        "filters": filters,
        "sites": Site.objects.visible_to(request.user).filter(trial=trial),
        "criteria": [(name, capfirst(str(labels[name]))) for name in SeriousEvent.CRITERIA],
        "lines": [line for line in everything if filters.take(line)],
        "count": len(everything),
        "waiting": sum(line.is_waiting for line in everything),
        "over": sum(line.pace == Pace.OVER for line in everything),
        "late": sum(line.case.is_late for line in everything),
    }
    return render(request, "outcomes/serious_list.html", context)


@require_safe
def serious_csv(request: Request, slug: str) -> HttpResponse:
    """The rows that the list shows under the same filters; handing them out is noted."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    filters = Filters.read(request.GET)
    events = AdverseEvent.objects.visible_to(request.user).in_trial(trial)
    lines = [line for line in register_lines(events, at=timezone.now()) if filters.take(line)]
    audit.record(
        "export", by=request.user, target=trial, table="serious_event_register", rows=len(lines)
    )
    rows = [COLUMNS, *map(register_row, lines)]
    return csv_download(f"{trial.slug}-serious-events.csv", rows)


@require_safe
def serious_detail(request: Request, pk: int) -> HttpResponse:
    event = _event_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=event.patient.site)
    return _page(request, event)


@require_POST
def serious_start(request: Request, pk: int) -> HttpResponse:
    """Begins the initial report or the next follow-up, and opens it."""
    event = _event_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=event.patient.site)
    case = case_of(event)
    if case.open_report is not None:  # a second press of the button
        return redirect(_entry_url(case.open_report))
    begin = start_follow_up if case.reports else start_report
    try:
        report = begin(event, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _page(request, event, status=422)
    return redirect(_entry_url(report))


@require_POST
def serious_submit(request: Request, pk: int) -> HttpResponse:
    event = _event_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_EDIT, site=event.patient.site)
    report = case_of(event).latest
    form = SubmissionForm(request.POST)
    if report is None:
        messages.error(request, _("Write the report first."))
        return _page(request, event, status=422)
    if form.is_valid():
        reason = form.cleaned_data["late_reason"]
        try:
            _report, notices = submit_report(
                report, by=request.user, at=timezone.now(), late_reason=reason
            )
        except Refused as refusal:
            form.add_error("late_reason", str(refusal))
        else:
            send_notices.delay_on_commit(notices)
            messages.success(request, _("Submitted. The named people are told."))
            return redirect("outcomes:serious-detail", event.pk)
    return _page(request, event, form=form, status=422)


@require_safe
def serious_pdf(request: Request, pk: int, version: int) -> HttpResponse:
    event = _event_or_404(request, pk)
    require_permission(request.user, Permission.PATIENT_VIEW, site=event.patient.site)
    report = get_object_or_404(
        SeriousEvent.objects.filter(patient=event.patient, event_number=event.row_number),
        version=version,
    )
    audit.record("print", by=request.user, target=report, form=FORM, version=version)
    content = load("outcomes.printing.serious").render(
        event, report, printed_by=str(request.user), at=timezone.localtime()
    )
    name = f"{event.patient}-serious-event-{event.row_number}-{version}.pdf"
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _event_or_404(request: Request, pk: int) -> AdverseEvent:
    events: Any = AdverseEvent.objects.visible_to(request.user)
    related = events.select_related("patient__trial", "patient__site", "patient__version")
    event: AdverseEvent = get_object_or_404(related.defer("patient__version__source"), pk=pk)
    enter(request, event.patient.trial, event.patient.site)
    return event


def _entry_url(report: SeriousEvent) -> str:
    return reverse("enrollment:log-form", args=[report.patient_id, FORM, report.pk])


def _page(
    request: Request, event: AdverseEvent, *, form: SubmissionForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    case = case_of(event)
    clock = case.clock
    latest = case.latest
    context = {
        "trial": event.patient.trial,
        "nav": "safety",
        "patient": event.patient,
        "event": event,
        "case": case,
        "term": event.term_other or event.reads_as("term"),
        "step": str(case.step),
        "next_step": NEXT_STEPS[case.step],
        "pace": str(clock.pace(now)) if clock else "",
        "remaining": remaining_text(clock.left(now)) if clock else "",
        "started_at": clock.started_at if clock else None,
        "due_at": clock.due_at if clock else None,
        "is_provisional": clock is not None and (latest is None or latest.aware_at is None),
        "reports": _report_lines(case),
        "differences": differences_from_log(latest, event) if latest else [],
        "form": form or SubmissionForm(),
        "asks_reason": case.step is Step.SUBMIT and case.pace(now) is Pace.OVER,
        "entry_url": _entry_url(case.open_report) if case.open_report else "",
        "can_edit": has_permission(request.user, Permission.RECORD_EDIT, site=event.patient.site),
    }
    return render(request, "outcomes/serious_detail.html", context, status=status)


def _report_lines(case: Case) -> list[dict[str, Any]]:
    """Newest first, each with what it changed."""
    lines = []
    for index, report in enumerate(case.reports):
        before = case.reports[index - 1] if index else None
        lines.append(
            {
                "report": report,
                "changes": changes_since(before, report) if before else [],
                "is_follow_up": before is not None,
                "entry_url": _entry_url(report),
            }
        )
    return lines[::-1]
