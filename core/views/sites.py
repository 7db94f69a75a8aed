"""The sites of a trial: which are open for entry, and opening and closing one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.actions.sites import close_site, open_site
from core.forms.people import ReasonForm
from core.forms.sites import OpeningForm
from core.http import Request
from core.models import Site
from core.permissions import Permission, require_permission, sites_where
from core.queries.sites import site_lines
from core.scope import trial_or_404
from core.views.people import answered, ask, posted


@require_safe
def site_list(request: Request, slug: str) -> HttpResponse:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.SITE_OPEN, trial=trial)
    sites = sites_where(request.user, Permission.SITE_OPEN).filter(trial=trial)
    context = {"nav": "sites", "lines": site_lines(sites)}
    return render(request, "core/site_list.html", context)


@ask
def site_open(request: Request, slug: str, code: str) -> HttpResponse:
    site = _site_or_404(request, slug, code)

    def act(data: dict[str, Any]) -> HttpResponse:
        today = timezone.localdate()
        open_site(site, by=request.user, now=timezone.now(), today=today, **data)
        messages.success(request, _("The site is open: patients can be screened there."))
        return redirect("core:site-list", slug)

    form = OpeningForm(posted(request))
    return answered(request, "core/site_open.html", form, act, nav="sites", site=site)


@ask
def site_close(request: Request, slug: str, code: str) -> HttpResponse:
    site = _site_or_404(request, slug, code)

    def act(data: dict[str, Any]) -> HttpResponse:
        close_site(site, by=request.user, now=timezone.now(), **data)
        messages.success(request, _("The site is closed: nobody else is screened there."))
        return redirect("core:site-list", slug)

    form = ReasonForm(posted(request))
    return answered(request, "core/site_close.html", form, act, nav="sites", site=site)


def _site_or_404(request: Request, slug: str, code: str) -> Site:
    trial = trial_or_404(request, slug)
    visible = Site.objects.visible_to(request.user).select_related("trial")
    site = get_object_or_404(visible, trial=trial, code=code)
    require_permission(request.user, Permission.SITE_OPEN, site=site)
    return site
