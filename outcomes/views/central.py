"""The pages of a central reader: the scans to read, and the form of one of them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.permissions import Permission, require_permission
from core.scope import enter, trial_or_404
from enrollment.forms.entry import Entry
from enrollment.forms.layout import rows_shown, section_lines
from enrollment.models import Visit
from outcomes.queries.central import place_of_scan, reading_of, scans_to_read
from outcomes.scan_forms import CENTRAL_SCANS, scan_addition
from oversight.queries.locks import covering_keys, open_locks


@require_safe
def reading_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SCAN_READ, trial=trial)
    scans = scans_to_read(trial, request.user)
    waiting = [scan for scan in scans if not scan.is_read]
    shows_all = request.GET.get("show") == "all"
    context = {
        "trial": trial,
        "nav": "readings",
        "scans": scans if shows_all else waiting,
        "shows_all": shows_all,
        "count": len(scans),
        "waiting": len(waiting),
        "moved": sum(scan.is_moved for scan in scans),
    }
    return render(request, "outcomes/reading_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def reading_form(request: Request, pk: int) -> HttpResponse:
    """422 with messages when wrong, 409 when somebody else saved."""
    visit, place = _scan_or_404(request, pk)
    record = reading_of(visit)
    back = reverse("outcomes:reading-list", args=[visit.patient.trial.slug])
    status, conflict = 200, None
    if request.method == "POST":
        complete = request.POST.get("save") != "draft"
        entry = Entry(CENTRAL_SCANS, record, data=request.POST, complete=complete)
        status, conflict = entry.try_save(by=request.user)
        if status == 200:
            messages.success(request, _("Saved."))
            return redirect(back if complete else request.path)
    else:
        entry = Entry(CENTRAL_SCANS, record)
    stored = conflict.stored if conflict else entry.stored()
    patient = visit.patient
    locks = open_locks(
        covering_keys(
            trial_id=patient.trial_id,
            site_id=patient.site_id,
            patient_id=patient.pk,
            form=CENTRAL_SCANS.slug,
            record_id=record.pk,
        )
    )
    context = {
        "trial": patient.trial,
        "nav": "readings",
        "patient": patient,
        "place": place,
        "record": record,
        "entry": entry,
        "conflict": conflict,
        "can_edit": not locks,
        "back": back,
        "sections": section_lines(entry, previous={}, stored=stored),
        "rows": rows_shown(entry, is_conflict=stored is not None, flags=None),
        "addition": scan_addition(entry),
        "addition_url": "" if locks else reverse("outcomes:reading-addition", args=[visit.pk]),
    }
    return render(request, "outcomes/reading_form.html", context, status=status)


@require_POST
def reading_addition(request: Request, pk: int) -> HttpResponse:
    """The sums and the proposal from values that nobody has saved yet."""
    visit, _place = _scan_or_404(request, pk)
    entry = Entry(CENTRAL_SCANS, reading_of(visit), data=request.POST)
    entry.is_valid()
    addition = scan_addition(entry)
    return render(request, addition.template, {"shown": addition.shown})


def _scan_or_404(request: Request, pk: int) -> tuple[Visit, int]:
    """The visit and which of the patient's scans it is."""
    visits = Visit.objects.visible_to(request.user)
    related = visits.select_related("patient__trial", "patient__site", "patient__version")
    visit = get_object_or_404(related, pk=pk)
    enter(request, visit.patient.trial, visit.patient.site)
    require_permission(request.user, Permission.SCAN_READ, site=visit.patient.site)
    place = place_of_scan(visit)
    if place is None:
        raise Http404
    return visit, place
