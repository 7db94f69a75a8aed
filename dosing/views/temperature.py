"""The temperature of the store, and what is decided when it left the range."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.http import Request
from core.permissions import Permission, has_permission, require_permission
from core.refusals import Refused
from core.scope import trial_or_404
from dosing.actions.ledger import record_temperature
from dosing.actions.stock import decide_excursion, quarantined_by
from dosing.forms.kits import DecisionForm, TemperatureForm
from dosing.models import StorageReading
from dosing.queries.stock import open_excursions
from dosing.views.scope import chosen_site, reading_or_404, sites_of
from dosing.views.stock import FORM_METHODS

MOST_READINGS = 60


@require_http_methods(FORM_METHODS)
def temperature_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    wanted = Permission.KIT_HANDLE if request.method == "POST" else Permission.KIT_VIEW
    require_permission(request.user, wanted, trial=trial)
    handled = sites_of(request, trial, Permission.KIT_HANDLE)
    form = TemperatureForm(
        request.POST if request.method == "POST" else None,
        sites=handled,
        initial={"site": chosen_site(request, handled)},
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            reading = record_temperature(
                values["site"],
                by=request.user,
                on=values["happened_on"],
                lowest_c=values["lowest_c"],
                highest_c=values["highest_c"],
                comment=values["comment"],
            )
        except Refused as refusal:
            form.add_error("comment", str(refusal))
        else:
            if reading.is_excursion:
                messages.warning(
                    request,
                    _("Outside the range: the kits in stock are in quarantine until decided."),
                )
            else:
                messages.success(request, _("The temperature is recorded."))
            return redirect(
                reverse("dosing:temperature-list", args=[slug]) + f"?site={reading.site.code}"
            )
    sites = sites_of(request, trial, Permission.KIT_VIEW)
    site = chosen_site(request, sites)
    readings = StorageReading.objects.visible_to(request.user).filter(site=site)
    context = {
        "trial": trial,
        "nav": "kits",
        "site": site,
        "sites": sites,
        "form": form,
        "handles": handled.exists(),
        "readings": readings.select_related("recorded_by")[:MOST_READINGS],
        "undecided": {reading.pk for reading in open_excursions([site] if site else [])},
    }
    status = 422 if form.is_bound else 200
    return render(request, "dosing/temperature_list.html", context, status=status)


@require_http_methods(FORM_METHODS)
def excursion_decide(request: Request, pk: int) -> HttpResponse:
    reading = reading_or_404(request, pk)
    wanted = Permission.KIT_HANDLE if request.method == "POST" else Permission.KIT_VIEW
    require_permission(request.user, wanted, site=reading.site)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            decide_excursion(
                reading,
                release=values["decision"] == "release",
                by=request.user,
                on=values["happened_on"],
                reason=values["reason"],
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The decision is recorded for every kit."))
            return redirect("dosing:temperature-list", reading.site.trial.slug)
    context = {
        "trial": reading.site.trial,
        "nav": "kits",
        "reading": reading,
        "entries": quarantined_by(reading),
        "form": form,
        "handles": has_permission(request.user, Permission.KIT_HANDLE, site=reading.site),
    }
    status = 422 if form.is_bound else 200
    return render(request, "dosing/excursion_decide.html", context, status=status)
