"""Signing: the inbox, and the page that shows what is signed and asks for the password."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, require_permission, sites_where
from core.reauthentication import check_fresh
from core.refusals import Refused
from core.scope import trial_or_404
from enrollment.actions.signing import sign_records
from enrollment.forms.signing import SignatureForm
from enrollment.queries.inbox import SIGNABLE, ToSign, inbox, to_sign
from enrollment.queries.records import RecordLine, record_lines
from enrollment.views.scope import patient_or_404

MOST_WITH_VALUES = 40
"""Forms whose values the signing page shows in place; of more, the page links to each."""


@require_safe
def signature_inbox(request: Request, slug: str) -> HttpResponse:
    """What waits for the person's signature, and what was broken and why."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RECORD_SIGN, trial=trial)
    context = {"trial": trial, "nav": "signatures", "inbox": inbox(request.user, trial)}
    return render(request, "enrollment/signature_inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def patient_sign(request: Request, pk: int) -> HttpResponse:
    """Signs one form (`?record=`), a visit (`?visit=`) or all of a patient."""
    patient = patient_or_404(request, pk)
    require_permission(request.user, Permission.RECORD_SIGN, site=patient.site)
    lines = record_lines(patients=[patient.pk], visits=_numbers(request, "visit"))
    chosen = _chosen(request)
    if chosen:
        lines = [line for line in lines if line.key in chosen]
    back = reverse("enrollment:patient-detail", args=[patient.pk])
    return _signing_page(request, patient.trial, lines, sites=[patient.site], back=back)


@require_http_methods(["POST"])
def batch_sign(request: Request, slug: str) -> HttpResponse:
    """Signs what was chosen in the inbox; without a password it shows the page that asks."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.RECORD_SIGN, trial=trial)
    sites = list(sites_where(request.user, Permission.RECORD_SIGN).filter(trial=trial))
    chosen = _chosen(request)
    every = record_lines(sites=[site.pk for site in sites], states=SIGNABLE)
    lines = [line for line in every if line.key in chosen]
    back = reverse("enrollment:signature-inbox", args=[trial.slug])
    if not lines:
        messages.warning(request, _("Choose at least one form to sign."))
        return redirect(back)
    return _signing_page(request, trial, lines, sites=sites, back=back)


def _signing_page(
    request: Request,
    trial: Trial,
    lines: list[RecordLine],
    *,
    sites: Iterable[Site],
    back: str,
) -> HttpResponse:
    sent = "password" in request.POST
    form = SignatureForm(request.POST if sent else None)
    shown = to_sign(lines, with_values=len(lines) <= MOST_WITH_VALUES)
    if sent and form.is_valid():
        try:
            count = _sign(request, form, shown, sites)
        except Refused as refusal:
            form.add_error("password", str(refusal))
        else:
            messages.success(
                request,
                ngettext("%(count)d form is signed.", "%(count)d forms are signed.", count)
                % {"count": count},
            )
            return redirect(back)
    context = {
        "trial": trial,
        "nav": "signatures",
        "form": form,
        "ready": [line for line in shown if not line.refusal],
        "refused": [line for line in shown if line.refusal],
        "patients": len({line.item.patient.pk for line in shown}),
        "back": back,
        "now": timezone.now(),
        "visit": _numbers(request, "visit"),
    }
    return render(
        request, "enrollment/signature_new.html", context, status=422 if form.is_bound else 200
    )


def _sign(request: Request, form: SignatureForm, shown: list[ToSign], sites: Iterable[Site]) -> int:
    """The fresh sign-in comes first: what it notes stays, whatever becomes of the signature."""
    allowed = {site.pk for site in sites}
    if any(line.item.patient.site_id not in allowed for line in shown):
        raise PermissionDenied
    check_fresh(request.user, form.cleaned_data["password"], request=request)
    seen = _seen(request)
    ready = {line.item.line.key for line in shown if not line.refusal}
    if missing := set(seen) - ready:
        raise Refused(
            _("%(count)d of the forms can no longer be signed. Look at the list again.")
            % {"count": len(missing)}
        )
    at = timezone.now()
    return len(sign_records(seen, by=request.user, meaning=form.cleaned_data["meaning"], at=at))


def _chosen(request: Request) -> set[tuple[str, int]]:
    """Forms named in the address or sent by the page, as `slug:id` or `slug:id:hash`."""
    sent = request.POST.getlist("record") or request.GET.getlist("record")
    return {_key(text) for text in sent}


def _seen(request: Request) -> dict[tuple[str, int], str]:
    return {_key(text): text.rpartition(":")[2] for text in request.POST.getlist("record")}


def _key(text: str) -> tuple[str, int]:
    form, _colon, rest = text.partition(":")
    pk = rest.partition(":")[0]
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Http404
    return form, int(pk)


def _numbers(request: Request, name: str) -> list[int] | None:
    values = request.GET.getlist(name)
    if not all(value.isascii() and value.isdigit() and len(value) < 19 for value in values):
        raise Http404
    return [int(value) for value in values] or None
