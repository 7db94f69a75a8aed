"""The limits of normal of each site: read by everybody at it, kept by data managers."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.downloads import csv_download
from core.http import Request
from core.models import Site, Trial
from core.permissions import Permission, has_permission, require_permission, sites_where
from core.refusals import Refused
from core.scope import enter, trial_or_404
from outcomes.actions.limits import add_limits, change_limits, upload_limits, withdraw_limits
from outcomes.calc.limits_file import HEADER, LimitsRefused
from outcomes.forms import LimitsChangeForm, LimitsForm, LimitsUploadForm
from outcomes.models.limits import NormalLimits, tests_with_limits

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
def limits_list(request: Request, slug: str) -> HttpResponse:
    """The list of one site; a POST adds one row."""
    trial = _trial(request, slug)
    if request.method != "POST":
        return _page(request, trial)
    form = LimitsForm(request.POST, sites=_kept(request, trial))
    if form.is_valid():
        try:
            add_limits(form.cleaned_data["site"], [form.as_range], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The limits are stored."))
            return _back(form.cleaned_data["site"])
    return _page(request, trial, form=form)


@require_POST
def limits_upload(request: Request, slug: str) -> HttpResponse:
    trial = _trial(request, slug)
    form = LimitsUploadForm(request.POST, request.FILES, sites=_kept(request, trial))
    if form.is_valid():
        values = form.cleaned_data
        try:
            count = upload_limits(values["site"], by=request.user, content=values["file"])
        except LimitsRefused as refused:
            form.add_error("file", str(refused).splitlines())
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            text = ngettext("%(count)s row is stored.", "%(count)s rows are stored.", count)
            messages.success(request, text % {"count": count})
            return _back(values["site"])
    return _page(request, trial, upload_form=form)


@require_safe
def limits_csv(request: Request, slug: str) -> HttpResponse:
    """The limits of one site in the form that an upload takes."""
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.PATIENT_VIEW, trial=trial)
    site = _chosen(request, _seen(request, trial))
    fields = tests_with_limits()
    rows = [
        [
            row.test,
            fields[row.test].unit if row.test in fields else "",
            row.sex,
            row.from_age,
            row.to_age,
            row.valid_from,
            "" if row.low is None else row.low_text,
            "" if row.high is None else row.high_text,
        ]
        for row in _rows(request, site)
    ]
    name = f"{trial.slug}-normal-limits-{site.code if site else ''}.csv"
    return csv_download(name, [HEADER, *rows], is_faithful=True)


@require_http_methods(FORM_METHODS)
def limits_change(request: Request, pk: int) -> HttpResponse:
    """Corrects a row or, by the other button, withdraws it; both with a reason."""
    row = get_object_or_404(
        NormalLimits.objects.visible_to(request.user).select_related("site__trial"), pk=pk
    )
    trial = row.site.trial
    enter(request, trial, row.site)
    require_permission(request.user, Permission.LIMITS_MANAGE, site=row.site)
    first = {"low": row.low, "high": row.high, "valid_from": row.valid_from}
    form = LimitsChangeForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == "withdraw":
                withdraw_limits(row, by=request.user, reason=form.cleaned_data["reason"])
            else:
                change_limits(row, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The change is stored, with its reason."))
            return _back(row.site)
    context = {
        "trial": trial,
        "nav": "limits",
        "row": row,
        "label": tests_with_limits()[row.test].verbose_name,
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render(request, "outcomes/limits_change.html", context, status=status)


def _trial(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    wanted = Permission.LIMITS_MANAGE if request.method == "POST" else Permission.PATIENT_VIEW
    require_permission(request.user, wanted, trial=trial)
    return trial


def _page(
    request: Request,
    trial: Trial,
    *,
    form: LimitsForm | None = None,
    upload_form: LimitsUploadForm | None = None,
) -> HttpResponse:
    sites, kept = _seen(request, trial), _kept(request, trial)
    bound = form or upload_form
    site = _chosen(request, sites)
    if bound is not None:
        site = next((each for each in sites if str(each.pk) == bound.data.get("site")), site)
    first = {"site": site}
    fields = tests_with_limits()
    context: dict[str, Any] = {
        "trial": trial,
        "nav": "limits",
        "sites": sites,
        "site": site,
        "lines": [{"row": row, "field": fields.get(row.test)} for row in _rows(request, site)],
        "can_manage": site is not None
        and has_permission(request.user, Permission.LIMITS_MANAGE, site=site),
        "form": form or LimitsForm(sites=kept, initial=first),
        "upload_form": upload_form or LimitsUploadForm(sites=kept, initial=first),
        "header": ",".join(HEADER),
    }
    status = 422 if bound is not None else 200
    return render(request, "outcomes/limits_list.html", context, status=status)


def _rows(request: Request, site: Site | None) -> list[NormalLimits]:
    """In the order of the form, newest first, then women, men, both."""
    rows = NormalLimits.objects.visible_to(request.user).filter(site=site, withdrawn_at=None)
    order = {name: place for place, name in enumerate(tests_with_limits())}
    return sorted(
        rows,
        key=lambda row: (
            order.get(row.test, len(order)),
            -row.valid_from.toordinal(),
            row.sex,
            row.from_age,
        ),
    )


def _seen(request: Request, trial: Trial) -> QuerySet[Site]:
    return sites_where(request.user, Permission.PATIENT_VIEW).filter(trial=trial).order_by("code")


def _kept(request: Request, trial: Trial) -> QuerySet[Site]:
    return sites_where(request.user, Permission.LIMITS_MANAGE).filter(trial=trial).order_by("code")


def _chosen(request: Request, sites: QuerySet[Site]) -> Site | None:
    """The site that the address asks for, else the first one."""
    code = request.GET.get("site", "")
    return next((site for site in sites if site.code == code), sites.first())


def _back(site: Site) -> HttpResponse:
    return redirect(reverse("outcomes:limits-list", args=[site.trial.slug]) + f"?site={site.code}")
