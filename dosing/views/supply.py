"""The unblinded pharmacist's page: registering kits, stock by arm, packaging lists."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_POST, require_safe

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, require_permission
from core.refusals import Refused
from core.scope import enter, trial_or_404
from dosing.actions.kit_list import (
    BadKitList,
    PackedKit,
    PackedLot,
    as_csv_rows,
    has_arms,
    kit_list_columns,
)
from dosing.actions.kits import issue_kits, upload_kits
from dosing.forms.kits import IssueForm, KitListForm
from dosing.models import Kit, Lot
from dosing.queries.supply import kit_list, supply
from enrollment.queries.trials import current_version


@require_safe
def supply_detail(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_MAP, trial=trial)
    return _supply_page(request, trial)


@require_POST
def kits_upload(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_MAP, trial=trial)
    form = KitListForm(request.POST, request.FILES)
    faults: list[tuple[int, str]] = []
    if form.is_valid():
        definition = current_version(trial).definition
        try:
            kits = upload_kits(trial, definition, form.cleaned_data["kit_list"], by=request.user)
        except BadKitList as refusal:
            form.add_error("kit_list", str(refusal))
            faults = refusal.faults
        else:
            return _registered(request, trial, kits)
    return _supply_page(request, trial, list_form=form, faults=faults, status=422)


@require_POST
def kits_issue(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.KIT_MAP, trial=trial)
    form = _issue_form(trial, request.POST)
    faults: list[tuple[int, str]] = []
    if form.is_valid():
        values = form.cleaned_data
        lot = PackedLot(
            values["lot"].strip(), values["expires_on"], values["lowest_c"], values["highest_c"]
        )
        try:
            kits = issue_kits(
                trial,
                current_version(trial).definition,
                lot,
                by=request.user,
                site=values["site"].code,
                counts=form.counts,
                seed=values["seed"],
            )
        except Refused as refusal:
            form.add_error("lot", str(refusal))
            faults = refusal.faults if isinstance(refusal, BadKitList) else []
        else:
            return _registered(request, trial, kits)
    return _supply_page(request, trial, issue_form=form, faults=faults, status=422)


@require_safe
def lot_list(request: Request, pk: int) -> HttpResponse:
    """The kits of a lot with their arms, for the packaging records; reading it is recorded."""
    lots = Lot.objects.filter(trial__in=Trial.objects.visible_to(request.user))
    lot = get_object_or_404(lots.select_related("trial"), pk=pk)
    enter(request, lot.trial)
    require_permission(request.user, Permission.KIT_MAP, trial=lot.trial)
    definition = current_version(lot.trial).definition
    packed = PackedLot(lot.number, lot.expires_on, lot.lowest_c, lot.highest_c)
    rows = [
        PackedKit(kit.number, packed, kit.site.code, arm)
        for kit, arm in kit_list(lot, user=request.user)
    ]
    audit.record("kit list read", by=request.user, target=lot, kits=len(rows))
    return csv_download(
        f"{lot.trial.slug}-lot-{lot.pk}.csv", as_csv_rows(rows, definition), is_faithful=True
    )


def _registered(request: Request, trial: Trial, kits: list[Kit]) -> HttpResponse:
    count = len(kits)
    messages.success(
        request,
        ngettext("%(count)s kit is registered.", "%(count)s kits are registered.", count)
        % {"count": count},
    )
    return redirect("dosing:supply-detail", trial.slug)


def _issue_form(trial: Trial, data: Any = None) -> IssueForm:
    return IssueForm(
        data,
        definition=current_version(trial).definition,
        sites=trial.sites.order_by("code"),
        language=get_language() or "en",
    )


def _supply_page(
    request: Request,
    trial: Trial,
    *,
    list_form: KitListForm | None = None,
    issue_form: IssueForm | None = None,
    faults: list[tuple[int, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    definition = current_version(trial).definition
    lines = supply(
        trial,
        definition,
        user=request.user,
        today=timezone.localdate(),
        language=get_language() or "en",
    )
    context = {
        "trial": trial,
        "nav": "kits",
        "lines": lines,
        "low": [line for line in lines if line.is_low],
        "low_stock": settings.KITS_LOW_STOCK,
        "has_arms": has_arms(definition),
        "columns": ",".join(kit_list_columns(definition)),
        "lots": Lot.objects.filter(trial=trial).select_related("registered_by"),
        "list_form": list_form or KitListForm(),
        "issue_form": issue_form or _issue_form(trial),
        "faults": faults or [],
    }
    return render(request, "dosing/supply_detail.html", context, status=status)
