"""The frame of every page: which parts of the open trial the person can go to."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Trial
from core.permissions import Permission, permissions_in

SECTIONS = (
    ("patients", _("Patients"), "enrollment:patient-list", Permission.PATIENT_VIEW),
    ("screening", _("Screening"), "enrollment:screening-list", Permission.PATIENT_VIEW),
    ("dashboard", _("Dashboard"), "reports:dashboard-detail", Permission.DASHBOARD_VIEW),
    ("exports", _("Exports"), "reports:export-list", Permission.EXPORT),
    ("definition", _("Protocol"), "enrollment:definition-detail", Permission.DEFINITION_VIEW),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """`trial`, `trials` to change to, `sections` of the trial, and whether this is the demo."""
    trial: Trial | None = getattr(request, "trial", None)
    if trial is None:
        return {"demo": settings.DEMO, "trial": None, "sections": []}
    trials = Trial.objects.visible_to(request.user)
    return {
        "demo": settings.DEMO,
        "trial": trial,
        "trials": trials if len(trials) > 1 else None,
        "sections": _sections(request, trial),
    }


def _sections(request: HttpRequest, trial: Trial) -> list[dict[str, Any]]:
    held = permissions_in(request.user, trial)
    return [
        {"name": name, "label": label, "url": reverse(url, args=[trial.slug])}
        for name, label, url, permission in SECTIONS
        if permission in held
    ]
