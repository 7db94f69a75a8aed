"""The stock of a site, and what happens to several kits at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.http import Request
from core.models import Site, User
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from dosing.actions import stock
from dosing.forms.kits import KitNumbersForm, ReasonedNumbersForm, SendForm
from dosing.models import LedgerEntry
from dosing.queries.stock import (
    counts_by_state,
    courses_waiting,
    kits_at,
    open_excursions,
    stock_by_site,
)
from dosing.views.scope import chosen_site, sites_of
from enrollment.queries.trials import current_version

FORM_METHODS = ["GET", "HEAD", "POST"]
STATES = (
    ("available", gettext_lazy("in stock")),
    ("reserved", gettext_lazy("chosen for a patient")),
    ("started", gettext_lazy("first day dispensed")),
    ("dispensed", gettext_lazy("dispensed")),
    ("returned", gettext_lazy("returned")),
    ("quarantined", gettext_lazy("in quarantine")),
    ("sent", gettext_lazy("on the way")),
    ("lost", gettext_lazy("lost")),
    ("destroyed", gettext_lazy("destroyed")),
)
AT_HAND = ("available", "reserved", "started", "quarantined", "sent")


@dataclass(frozen=True)
class Work:
    """Something done with several kits: how its page reads and what it calls."""

    title: str | Promise
    hint: str | Promise
    verb: str | Promise
    act: Callable[[Site, dict[str, Any], User], list[LedgerEntry]]
    form: type[KitNumbersForm] = ReasonedNumbersForm


def _receive(site: Site, values: dict[str, Any], by: User) -> list[LedgerEntry]:
    return stock.receive_kits(site, values["numbers"], by=by, on=values["happened_on"])


def _send(site: Site, values: dict[str, Any], by: User) -> list[LedgerEntry]:
    return stock.send_kits(
        site,
        values["numbers"],
        to=values["to"],
        by=by,
        on=values["happened_on"],
        reason=values["reason"],
    )


def _with_reason(
    action: Callable[..., list[LedgerEntry]],
) -> Callable[[Site, dict[str, Any], User], list[LedgerEntry]]:
    def act(site: Site, values: dict[str, Any], by: User) -> list[LedgerEntry]:
        numbers, on = values["numbers"], values["happened_on"]
        return action(site, numbers, by=by, on=on, reason=values["reason"])

    return act


WORK = {
    "receive": Work(
        gettext_lazy("Receive a shipment"),
        gettext_lazy("Compare with the delivery note, then scan every kit that arrived intact."),
        gettext_lazy("Take into stock"),
        _receive,
        KitNumbersForm,
    ),
    "send": Work(
        gettext_lazy("Send kits to another site"),
        gettext_lazy("They are on the way until the other site receives them."),
        gettext_lazy("Send"),
        _send,
        SendForm,
    ),
    "quarantine": Work(
        gettext_lazy("Put kits in quarantine"),
        gettext_lazy("They stay in stock and cannot be dispensed until somebody releases them."),
        gettext_lazy("Put in quarantine"),
        _with_reason(stock.quarantine_kits),
    ),
    "release": Work(
        gettext_lazy("Release kits from quarantine"),
        gettext_lazy("Name whoever decided that the kits may be used."),
        gettext_lazy("Release"),
        _with_reason(stock.release_kits),
    ),
    "destroy": Work(
        gettext_lazy("Destroy kits"),
        gettext_lazy("All capsules that the site has of these kits, returned ones included."),
        gettext_lazy("Record the destruction"),
        _with_reason(stock.destroy_kits),
    ),
}


@require_safe
def stock_list(request: Request, slug: str) -> HttpResponse:
    """What the site has, what waits for capsules, what expires."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_VIEW, trial=trial)
    sites = sites_of(request, trial, Permission.KIT_VIEW)
    site = chosen_site(request, sites)
    if site is None:
        return render(request, "dosing/stock_list.html", {"trial": trial, "nav": "kits"})
    today = timezone.localdate()
    lines = kits_at(site)
    counts = counts_by_state(lines)
    state = request.GET.get("state", "")
    shown = [line for line in lines if _is_shown(line.shown_state, state)]
    handles = has_permission(request.user, Permission.KIT_HANDLE, site=site)
    stocks = stock_by_site(trial, current_version(trial).definition, today=today)
    own = next((line for line in stocks if line.site == site), None)
    context = {
        "trial": trial,
        "nav": "kits",
        "sites": sites,
        "site": site,
        "figures": [
            {"label": label, "value": counts[name], "href": f"?site={site.code}&state={name}"}
            for name, label in STATES[:7]
        ],
        "lines": [(line, line.expires_within(today)) for line in shown],
        "expiring": sum(line.expires_within(today) for line in lines),
        "is_low": own is not None and own.is_low,
        "free": own.free if own else 0,
        "states": STATES,
        "state": state,
        "all_count": len(lines),
        "waiting": courses_waiting(site, today=today) if handles else [],
        "excursions": open_excursions([site]),
        "handles": handles,
        "supplies": has_permission(request.user, Permission.KIT_MAP, trial=trial),
    }
    return render(request, "dosing/stock_list.html", context)


def _is_shown(name: str, asked: str) -> bool:
    if asked == "all":
        return True
    return name == asked if asked in dict(STATES) else name in AT_HAND


@require_http_methods(FORM_METHODS)
def kits_receive(request: Request, slug: str) -> HttpResponse:
    return _work_page(request, slug, WORK["receive"])


@require_http_methods(FORM_METHODS)
def kits_send(request: Request, slug: str) -> HttpResponse:
    return _work_page(request, slug, WORK["send"])


@require_http_methods(FORM_METHODS)
def kits_quarantine(request: Request, slug: str) -> HttpResponse:
    return _work_page(request, slug, WORK["quarantine"])


@require_http_methods(FORM_METHODS)
def kits_release(request: Request, slug: str) -> HttpResponse:
    return _work_page(request, slug, WORK["release"])


@require_http_methods(FORM_METHODS)
def kits_destroy(request: Request, slug: str) -> HttpResponse:
    return _work_page(request, slug, WORK["destroy"])


def _work_page(request: Request, slug: str, work: Work) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_HANDLE, trial=trial)
    sites = sites_of(request, trial, Permission.KIT_HANDLE)
    extra = {"all_sites": trial.sites.order_by("code")} if work.form is SendForm else {}
    form = work.form(
        request.POST if request.method == "POST" else None,
        sites=sites,
        initial={"site": chosen_site(request, sites), "numbers": request.GET.get("kit", "")[:20]},
        **extra,
    )
    if request.method == "POST" and form.is_valid():
        site = form.cleaned_data["site"]
        try:
            entries = work.act(site, form.cleaned_data, request.user)
        except Refused as refusal:
            form.add_error("numbers", str(refusal))
        else:
            messages.success(
                request,
                ngettext("%(count)s kit recorded.", "%(count)s kits recorded.", len(entries))
                % {"count": len(entries)},
            )
            return redirect(reverse("dosing:stock-list", args=[slug]) + f"?site={site.code}")
    context = {"trial": trial, "nav": "kits", "form": form, "work": work}
    return render(request, "dosing/kits_move.html", context, status=422 if form.is_bound else 200)


def state_label(name: str) -> str:
    """The words for a state that a kit line shows."""
    return str(dict(STATES).get(name, _("unknown")))
