"""The frame of every page: which parts of the open trial the person can go to."""

from dataclasses import dataclass
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
from core.permissions import Permission, has_several_trials, permissions_in
from core.scope import trial_or_404
from core.sessions import time_left
from enrollment.queries.arms import is_unblinded


@dataclass(frozen=True)
class Section:
    """A part of a trial: its name (a page's `nav`), label, address and who may open it."""

    name: str
    label: Any
    address: str
    permission: Permission


# A group is one menu; with one part that the person may open it is a plain link.
GROUPS: tuple[tuple[Any, tuple[Section, ...]], ...] = (
    (
        "",
        (Section("patients", _("Patients"), "enrollment:patient-list", Permission.PATIENT_VIEW),),
    ),
    (
        "",
        (
            Section(
                "screening", _("Screening"), "enrollment:screening-list", Permission.PATIENT_VIEW
            ),
        ),
    ),
    (
        _("Review"),
        (
            Section(
                "signatures",
                _("Signatures"),
                "enrollment:signature-inbox",
                Permission.RECORD_SIGN,
            ),
            Section("queries", _("Queries"), "enrollment:query-list", Permission.PATIENT_VIEW),
            Section(
                "verification",
                _("Verification"),
                "enrollment:verification-board",
                Permission.RECORD_FREEZE,
            ),
            Section(
                "quality", _("Data quality"), "enrollment:quality-list", Permission.QUALITY_RUN
            ),
            Section("readings", _("Scans to read"), "outcomes:reading-list", Permission.SCAN_READ),
            Section(
                "discordance",
                _("Two readings"),
                "outcomes:discordance-detail",
                Permission.READINGS_COMPARE,
            ),
            Section("casebooks", _("Casebooks"), "reports:casebook-list", Permission.CASEBOOK),
        ),
    ),
    (
        "",
        (Section("safety", _("Safety"), "outcomes:serious-list", Permission.PATIENT_VIEW),),
    ),
    (
        "",
        (
            Section(
                "specimens", _("Specimens"), "microbiome:specimen-list", Permission.SPECIMEN_VIEW
            ),
        ),
    ),
    (
        _("Treatment"),
        (
            Section(
                "randomization",
                _("Randomization"),
                "enrollment:randomization-detail",
                Permission.PATIENT_VIEW,
            ),
            Section("kits", _("Kits"), "dosing:stock-list", Permission.KIT_VIEW),
            Section(
                "unblinding",
                _("Unblinding"),
                "enrollment:unblinding-list",
                Permission.UNBLINDING_REGISTER,
            ),
        ),
    ),
    (
        _("Results"),
        (
            Section(
                "dashboard",
                _("Dashboard"),
                "reports:dashboard-detail",
                Permission.DASHBOARD_VIEW,
            ),
            Section("arms", _("Results by arm"), "reports:dashboard-arms", Permission.ARM_VIEW),
            Section(
                "microbiome",
                _("Microbiome"),
                "microbiome:table-list",
                Permission.MICROBIOME_VIEW,
            ),
            Section("exports", _("Exports"), "reports:export-list", Permission.EXPORT),
        ),
    ),
    (
        _("Trial"),
        (
            Section(
                "definition",
                _("Protocol"),
                "enrollment:definition-detail",
                Permission.DEFINITION_VIEW,
            ),
            Section(
                "limits",
                _("Limits of normal"),
                "outcomes:limits-list",
                Permission.LIMITS_MANAGE,
            ),
            Section(
                "laboratory",
                _("Laboratory import"),
                "outcomes:laboratory-import",
                Permission.RECORD_EDIT,
            ),
            Section("audit", _("Audit trail"), "reports:audit-trail", Permission.AUDIT_REVIEW),
            Section("sites", _("Sites"), "core:site-list", Permission.SITE_OPEN),
            Section("people", _("People"), "core:person-list", Permission.MEMBER_MANAGE),
            Section(
                "security",
                _("Sign-ins and roles"),
                "reports:security-trail",
                Permission.MEMBER_MANAGE,
            ),
        ),
    ),
)
# Not in the way of trials that hide nothing.
BLINDED_ONLY = {"randomization", "unblinding", "arms"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """`trial`, `trials` to change to, `nav_groups` of it, whether this is the demo, and the time
    that the session has left."""
    always = {"demo": settings.DEMO, "time_left": time_left(request)}
    trial: Trial | None = getattr(request, "trial", None)
    if trial is None:
        return always | {"trial": None, "nav_groups": []}
    return always | {
        "trial": trial,
        "trials": Trial.objects.visible_to(request.user)
        if has_several_trials(request.user)
        else None,
        "nav_groups": _groups(request, trial),
    }


@require_safe
def trial_open(request: Request, slug: str) -> HttpResponse:
    """Goes to the first section of the trial that the person can open."""
    trial = trial_or_404(request, slug)
    groups = _groups(request, trial)
    if not groups:
        raise PermissionDenied(_("Your role in this trial has no pages of its own."))
    return redirect(groups[0]["sections"][0]["url"])


def _groups(request: HttpRequest, trial: Trial) -> list[dict[str, Any]]:
    """Each with its label and the sections that the person may open; none without any."""
    held = permissions_in(request.user, trial)
    hidden = set() if trial.is_blinded else BLINDED_ONLY
    asks = Permission.MICROBIOME_VIEW in held and Permission.ARM_VIEW not in held
    if asks and not is_unblinded(trial):
        hidden = hidden | {"microbiome"}
    groups = [
        {
            "label": label,
            "names": [section.name for section in sections],
            "sections": [
                {
                    "name": section.name,
                    "label": section.label,
                    "url": reverse(section.address, args=[trial.slug]),
                }
                for section in sections
                if section.permission in held and section.name not in hidden
            ],
        }
        for label, sections in GROUPS
    ]
    return [group for group in groups if group["sections"]]
