"""Source data verification: how far each site is, what waits, and the page of one form."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.http import Request
from core.models import Site
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.actions.verifying import verify_consent, verify_record, verify_screening
from enrollment.forms.layout import Flag, Flags
from enrollment.models import Patient
from enrollment.queries import verification as board
from enrollment.queries.records import line_of, placed, record_lines
from enrollment.queries.values import FieldValue
from enrollment.registry import get
from enrollment.views.links import field_flags
from enrollment.views.scope import patient_or_404
from oversight.models import FieldVerification, RecordState

MOST_SHOWN = 200


@require_safe
def verification_board(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RECORD_FREEZE, trial=trial)
    sites = Site.objects.visible_to(request.user).filter(trial=trial)
    found = board.verification_board(trial, sites)
    context = {
        "trial": trial,
        "nav": "verification",
        "board": found,
        "waiting": found.waiting[:MOST_SHOWN],
        "more": max(0, len(found.waiting) - MOST_SHOWN),
        "can_verify": has_permission(request.user, Permission.RECORD_VERIFY, trial=trial),
    }
    return render(request, "enrollment/verification_board.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def record_verify(request: Request, pk: int, slug: str, record_pk: int) -> HttpResponse:
    """Every answer of the form with a tick; what does not agree is unticked."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_VERIFY, site=patient.site)
    try:
        spec = get(slug)
    except KeyError:
        raise Http404 from None
    record = get_object_or_404(spec.model._default_manager.filter(patient=patient), pk=record_pk)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            stored = verify_record(
                spec,
                record,
                by=request.user,
                at=timezone.now(),
                agreed=request.POST.getlist("field"),
                expected_revision=_revision(request),
            )
        except Refused as refused:
            refusal, status = str(refused), 422
        else:
            is_whole = stored.state == RecordState.VERIFIED
            if is_whole:
                messages.success(request, _("The form is verified."))
                return redirect(_next_to_verify(patient))
            messages.warning(
                request,
                _(
                    "The ticks are stored. The form is not verified as a whole: ask a query about"
                    " what does not agree."
                ),
            )
            return redirect(request.path)
    [item] = placed([line_of(spec, record)])
    can_tick = record.state in (RecordState.COMPLETE, RecordState.VERIFIED)
    ticks, flags = board.field_ticks(spec, record), field_flags(spec, record)
    context = {
        "trial": patient.trial,
        "nav": "verification",
        "patient": patient,
        "item": item,
        "record": record,
        "lines": _lines(ticks, flags, can_tick=can_tick),
        "refusal": refusal,
        "can_tick": can_tick,
        "back": _board_url(patient),
    }
    return render(request, "enrollment/record_verify.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def screening_verify(request: Request, pk: int) -> HttpResponse:
    """Every answer of the screening with a tick, as on the page of a form."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_VERIFY, site=patient.site)
    if request.method == "POST":
        agreed = request.POST.getlist("field")
        if verify_screening(patient, by=request.user, at=timezone.now(), agreed=agreed):
            messages.success(request, _("The screening is verified."))
            return redirect(_board_url(patient))
        messages.warning(request, _("The ticks are stored. The screening is not verified."))
        return redirect(request.path)
    context = {
        "trial": patient.trial,
        "nav": "verification",
        "patient": patient,
        "lines": _lines(board.screening_ticks(patient, language=get_language() or "en")),
        "can_tick": True,
        "back": _board_url(patient),
    }
    return render(request, "enrollment/screening_verify.html", context)


@require_POST
def consent_verify(request: Request, pk: int, consent_pk: int) -> HttpResponse:
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_VERIFY, site=patient.site)
    consent = get_object_or_404(patient.consents, pk=consent_pk)
    verify_consent(consent, by=request.user, at=timezone.now())
    messages.success(request, _("The consent is verified."))
    return redirect(_board_url(patient))


@dataclass(frozen=True)
class Line:
    """An answer, whether the page shows it ticked, and where a query about it is asked."""

    value: FieldValue
    tick: FieldVerification | None
    is_ticked: bool
    flag: Flag | None


def _lines(
    ticks: list[board.FieldTick], flags: Flags | None = None, *, can_tick: bool = True
) -> list[Line]:
    """Where ticks can be set, all are until the first are stored; then those that hold."""
    is_new = can_tick and not any(line.tick for line in ticks)
    return [
        Line(
            line.value,
            line.tick,
            is_ticked=is_new or line.tick is not None,
            flag=flags(line.value.row_number, line.value.name) if flags else None,
        )
        for line in ticks
    ]


def _next_to_verify(patient: Patient) -> str:
    """The patient's next form that waits, or the list of all."""
    lines = record_lines(patients=[patient.pk], states=[RecordState.COMPLETE])
    for item in placed(lines):
        if item.asks_for_verification:
            arguments = [patient.pk, item.line.form, item.line.pk]
            return reverse("enrollment:record-verify", args=arguments)
    return _board_url(patient)


def _board_url(patient: Patient) -> str:
    return reverse("enrollment:verification-board", args=[patient.trial.slug])


def _revision(request: Request) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
