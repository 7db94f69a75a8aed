"""What the pages of the dashboard share: who may read them, which cut they show, their tabs."""

from collections.abc import Callable
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
from reports.forms.dashboard import DashboardChoice
from reports.queries.dashboard import Dashboard, current_dashboard
from reports.queries.patient_rows import seen_patients

TABS: tuple[tuple[str, str | Promise], ...] = (
    ("reports:dashboard-detail", _("Overview")),
    ("reports:dashboard-efficacy", _("Efficacy")),
    ("reports:dashboard-safety", _("Safety")),
    ("reports:dashboard-quality-of-life", _("Quality of life")),
    ("reports:dashboard-flow", _("Accrual and flow")),
)
"""The pages of the dashboard, by route. A new one is a line here, a view and a template."""

OF_THE_CUT_ALONE = frozenset(
    {"reports:dashboard-safety", "reports:dashboard-quality-of-life", "reports:dashboard-flow"}
)
"""Pages whose numbers do not depend on the chosen population and criteria."""


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
    choice: DashboardChoice
    dashboard: Dashboard | None

    def link(self) -> Callable[[str], str]:
        """From a patient's number to the page; empty for whom the person may not open."""
        if not has_permission(self.request.user, Permission.PATIENT_VIEW, trial=self.trial):
            return lambda _number: ""
        seen = seen_patients(self.request.user, self.trial)

        def href(number: str) -> str:
            pk = seen.get(number)
            return reverse("enrollment:patient-detail", args=[pk]) if pk is not None else ""

        return href

    def page(self, template: str, **context: object) -> HttpResponse:
        """The page with its tabs, its cut, and what it says of the newest run."""
        trial = self.trial
        match = self.request.resolver_match
        if match is not None and match.view_name in OF_THE_CUT_ALONE:
            self.choice.ask_for_the_cut_alone()
        shared = run_context(trial, NightlyRun.objects.latest_of(trial)) | {
            "nav": "dashboard",
            "dashboard": self.dashboard,
            "tabs": self._tabs(),
            "choice": self.choice,
            "query": self.query,
            "can_run": has_permission(self.request.user, Permission.NIGHTLY_RUN, trial=trial),
        }
        return render(self.request, template, shared | context)

    @property
    def query(self) -> str:
        """What was chosen, for the other pages of the dashboard."""
        return self.dashboard.query if self.dashboard is not None else ""

    def _tabs(self) -> list[Tab]:
        path = self.request.path
        addresses = [(label, reverse(route, args=[self.trial.slug])) for route, label in TABS]
        return [
            Tab(label, f"{address}{self.query}", current=address == path)
            for label, address in addresses
        ]


def open_frame(request: Request, slug: str) -> Frame:
    """The trial's dashboard as this person may read it, else 403 or 404."""
    trial = enter(request, slug)
    language = get_language() or "en"
    definition = current_version(trial).definition
    choice = DashboardChoice(request.GET, trial=trial, definition=definition, language=language)
    dashboard = current_dashboard(
        trial, definition, language=language, asked=choice.asked, cuts=choice.cuts
    )
    return Frame(request, trial, definition, language, choice, dashboard)


def enter(request: Request, slug: str) -> Trial:
    trial = trial_or_404(request, slug)
    require_permission(request.user, Permission.DASHBOARD_VIEW, trial=trial)
    return trial


def run_context(trial: Trial, run: NightlyRun | None) -> dict[str, object]:
    is_dead = run is not None and run.is_dead(timezone.now())
    return {"trial": trial, "run": run, "is_dead": is_dead}
