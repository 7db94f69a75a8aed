"""What the pages of the dashboard share: who may read them, which cut they show, their tabs."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.scope import trial_or_404
from enrollment.calc.definition import Definition
from enrollment.queries.trials import current_version
from outcomes.models import NightlyRun
from reports.queries.dashboard import Dashboard, current_dashboard

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("reports:dashboard-detail", _("Overview")),
    ("reports:dashboard-efficacy", _("Efficacy")),
    ("reports:dashboard-safety", _("Safety")),
    ("reports:dashboard-quality-of-life", _("Quality of life")),
    ("reports:dashboard-flow", _("Accrual and flow")),
)
"""The pages of the dashboard, by route. A new one is a line here, a view and a template."""


@dataclass(frozen=True)
class Tab:
    label: str | Promise
    href: str
    current: bool
    count: int | None = None


@dataclass(frozen=True)
class Frame:
    """`dashboard` is none before the first night."""

    request: Request
    trial: Trial
    definition: Definition
    language: str
    dashboard: Dashboard | None

    def page(self, template: str, **context: object) -> HttpResponse:
        """The page with its tabs, its cut, and what it says of the newest run."""
        trial = self.trial
        shared = run_context(trial, NightlyRun.objects.latest_of(trial)) | {
            "nav": "dashboard",
            "dashboard": self.dashboard,
            "tabs": self._tabs(),
            "can_run": has_permission(self.request.user, Permission.NIGHTLY_RUN, trial=trial),
        }
        return render(self.request, template, shared | context)

    def _tabs(self) -> list[Tab]:
        path = self.request.path
        addresses = [(label, reverse(route, args=[self.trial.slug])) for route, label in TABS]
        return [Tab(label, address, current=address == path) for label, address in addresses]


def open_frame(request: Request, slug: str) -> Frame:
    """The trial's dashboard as this person may read it, else 403 or 404."""
    trial = enter(request, slug)
    language = get_language() or "en"
    definition = current_version(trial).definition
    dashboard = current_dashboard(trial, definition, language=language)
    return Frame(request, trial, definition, language, dashboard)


def enter(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DASHBOARD_VIEW, trial=trial)
    return trial


def run_context(trial: Trial, run: NightlyRun | None) -> dict[str, object]:
    is_dead = run is not None and run.is_dead(timezone.now())
    return {"trial": trial, "run": run, "is_dead": is_dead}
