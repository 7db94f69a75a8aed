"""One kit: its ledger, and every entry that is about one kit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.models import Site, User
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from dosing.actions.dispensing import lost_by_patient, take_back
from dosing.actions.ledger import correct_last, last_standing
from dosing.actions.stock import count_kit, report_loss
from dosing.calc.ledger import packed
from dosing.forms.kits import (
    CorrectionForm,
    CountForm,
    LossForm,
    OnDay,
    PatientLossForm,
    ReturnForm,
)
from dosing.models import Kit, LedgerEntry
from dosing.queries.stock import KitLine, ledger_of
from dosing.views.scope import kit_or_404
from dosing.views.stock import FORM_METHODS, state_label


@dataclass(frozen=True)
class Entry:
    """One kind of entry: how its page reads and what it calls."""

    title: str | Promise
    verb: str | Promise
    form: type[OnDay]
    act: Callable[[Kit, Site, dict[str, Any], User], object]


def _return(kit: Kit, site: Site, values: dict[str, Any], by: User) -> object:
    return take_back(
        kit,
        capsules=values["capsules"],
        lost=values["lost"] or 0,
        by=by,
        on=values["happened_on"],
        reason=values["reason"],
    )


def _count(kit: Kit, site: Site, values: dict[str, Any], by: User) -> object:
    capsules = values["capsules"]
    return count_kit(kit, site=site, capsules=capsules, by=by, on=values["happened_on"])


def _lose(kit: Kit, site: Site, values: dict[str, Any], by: User) -> object:
    on, reason = values["happened_on"], values["reason"]
    return report_loss(kit, site=site, capsules=values["capsules"], by=by, on=on, reason=reason)


def _lose_by_patient(kit: Kit, site: Site, values: dict[str, Any], by: User) -> object:
    on, reason = values["happened_on"], values["reason"]
    return lost_by_patient(kit, capsules=values["capsules"], by=by, on=on, reason=reason)


def _correct(kit: Kit, site: Site, values: dict[str, Any], by: User) -> object:
    on, reason = values["happened_on"], values["reason"]
    return correct_last(kit, by=by, on=on, reason=reason, expected=values["expected"])


ENTRIES = {
    "return": Entry(
        gettext_lazy("Take capsules back"), gettext_lazy("Record the return"), ReturnForm, _return
    ),
    "count": Entry(
        gettext_lazy("Count the capsules"), gettext_lazy("Record the count"), CountForm, _count
    ),
    "loss": Entry(
        gettext_lazy("Capsules lost or damaged"), gettext_lazy("Record the loss"), LossForm, _lose
    ),
    "patient-loss": Entry(
        gettext_lazy("Capsules lost by the patient"),
        gettext_lazy("Record the loss"),
        PatientLossForm,
        _lose_by_patient,
    ),
    "correct": Entry(
        gettext_lazy("Correct the last entry"),
        gettext_lazy("Take the entry back"),
        CorrectionForm,
        _correct,
    ),
}
OFFERED = {
    "available": ("count", "loss"),
    "reserved": ("count", "loss"),
    "started": ("return", "count", "loss", "patient-loss"),
    "dispensed": ("return", "patient-loss"),
    "returned": ("return", "count", "loss", "patient-loss"),
    "sent": ("loss",),
}


@require_safe
def kit_detail(request: Request, pk: int) -> HttpResponse:
    kit = kit_or_404(request, pk)
    require_permission(request.user, Permission.KIT_VIEW, trial=kit.trial)
    line = _line(kit)
    site = _place(line)
    handles = has_permission(request.user, Permission.KIT_HANDLE, site=site)
    ledger = ledger_of(kit)
    offered = OFFERED.get(line.state.status.value, ()) if handles else ()
    context = {
        "trial": kit.trial,
        "nav": "kits",
        "kit": kit,
        "line": line,
        "site": site,
        "state_label": state_label(line.shown_state),
        "ledger": ledger,
        "offered": [(name, ENTRIES[name]) for name in offered],
        "can_correct": handles and last_standing(ledger) is not None,
        "is_expired": kit.lot.expires_on < timezone.localdate(),
    }
    return render(request, "dosing/kit_detail.html", context)


@require_safe
def kit_print(request: Request, pk: int) -> HttpResponse:
    """The label, and the receipt that goes with the capsules."""
    kit = kit_or_404(request, pk)
    require_permission(request.user, Permission.KIT_VIEW, trial=kit.trial)
    line = _line(kit)
    given = [entry for entry in ledger_of(kit) if entry.kind in ("dispense", "take-back")]
    context = {
        "trial": kit.trial,
        "nav": "kits",
        "kit": kit,
        "line": line,
        "site": _place(line),
        "entries": [entry for entry in given if not hasattr(entry, "corrected_by")],
    }
    return render(request, "dosing/kit_print.html", context)


@require_http_methods(FORM_METHODS)
def kit_return(request: Request, pk: int) -> HttpResponse:
    return _entry_page(request, pk, ENTRIES["return"])


@require_http_methods(FORM_METHODS)
def kit_count(request: Request, pk: int) -> HttpResponse:
    return _entry_page(request, pk, ENTRIES["count"])


@require_http_methods(FORM_METHODS)
def kit_loss(request: Request, pk: int) -> HttpResponse:
    return _entry_page(request, pk, ENTRIES["loss"])


@require_http_methods(FORM_METHODS)
def kit_patient_loss(request: Request, pk: int) -> HttpResponse:
    return _entry_page(request, pk, ENTRIES["patient-loss"])


@require_http_methods(FORM_METHODS)
def kit_correct(request: Request, pk: int) -> HttpResponse:
    return _entry_page(request, pk, ENTRIES["correct"])


def _entry_page(request: Request, pk: int, entry: Entry) -> HttpResponse:
    kit = kit_or_404(request, pk)
    line = _line(kit)
    site = _place(line)
    require_permission(request.user, Permission.KIT_HANDLE, site=site)
    wrong = last_standing(ledger_of(kit))
    form = entry.form(
        request.POST if request.method == "POST" else None,
        initial={"expected": wrong.pk if wrong else None},
    )
    if request.method == "POST" and form.is_valid():
        try:
            entry.act(kit, site, form.cleaned_data, request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Recorded in the ledger."))
            return redirect("dosing:kit-detail", kit.pk)
    context = {
        "trial": kit.trial,
        "nav": "kits",
        "kit": kit,
        "line": line,
        "form": form,
        "entry": entry,
        "wrong": wrong if entry.form is CorrectionForm else None,
    }
    status = 422 if form.is_bound else 200
    return render(request, "dosing/kit_entry.html", context, status=status)


def _line(kit: Kit) -> KitLine:
    entries = LedgerEntry.objects.latest().filter(kit=kit)
    entry = entries.select_related("site", "bound_for", "patient", "visit").first()
    if entry is None:
        return KitLine(kit, packed(kit.lot.capsules, bound_for=kit.site_id), None)
    return KitLine(kit, entry.state, entry)


def _place(line: KitLine) -> Site:
    """The site that has the kit or waits for it."""
    entry = line.entry
    if entry is None:
        return line.kit.site
    return entry.bound_for or entry.site or line.kit.site
