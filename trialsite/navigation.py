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
    ("dashboard", _("Dashboard"), "reports:dashboard", Permission.DASHBOARD_VIEW),
    ("exports", _("Exports"), "reports:export-list", Permission.EXPORT),
    ("definition", _("Protocol"), "enrollment:definition-detail", Permission.DEFINITION_VIEW),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    trial: Trial | None = getattr(request, "trial", None)
    return {"demo": settings.DEMO, "trial": trial, "sections": _sections(request, trial)}


def _sections(request: HttpRequest, trial: Trial | None) -> list[dict[str, Any]]:
    if trial is None:
        return []
    held = permissions_in(request.user, trial)
    return [
        {"name": name, "label": label, "url": reverse(url, args=[trial.slug])}
        for name, label, url, permission in SECTIONS
        if permission in held
    ]
