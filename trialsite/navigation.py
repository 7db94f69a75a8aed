"""The frame of every page: which parts of the open trial the person can go to."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.http import Request
from core.models import Trial
from core.permissions import Permission, permissions_in
from core.scope import trial_or_404

SECTIONS = (
    ("patients", _("Patients"), "enrollment:patient-list", Permission.PATIENT_VIEW),
    ("screening", _("Screening"), "enrollment:screening-list", Permission.PATIENT_VIEW),
    ("dashboard", _("Dashboard"), "reports:dashboard-detail", Permission.DASHBOARD_VIEW),
    ("exports", _("Exports"), "reports:export-list", Permission.EXPORT),
    ("definition", _("Protocol"), "enrollment:definition-detail", Permission.DEFINITION_VIEW),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """`trial`, `trials` to change to, `nav_sections` of it, and whether this is the demo."""
    trial: Trial | None = getattr(request, "trial", None)
    if trial is None:
        return {"demo": settings.DEMO, "trial": None, "nav_sections": []}
    trials = Trial.objects.visible_to(request.user)
    return {
        "demo": settings.DEMO,
        "trial": trial,
        "trials": trials if len(trials) > 1 else None,
        "nav_sections": _sections(request, trial),
    }


@require_safe
def trial_open(request: Request, slug: str) -> HttpResponse:
    """Goes to the first section of the trial that the person can open."""
    trial = trial_or_404(request, slug)
    sections = _sections(request, trial)
    if not sections:
        raise PermissionDenied(_("Your role in this trial has no pages of its own."))
    return redirect(sections[0]["url"])


def _sections(request: HttpRequest, trial: Trial) -> list[dict[str, Any]]:
    held = permissions_in(request.user, trial)
    return [
        {"name": name, "label": label, "url": reverse(url, args=[trial.slug])}
        for name, label, url, permission in SECTIONS
        if permission in held
    ]
