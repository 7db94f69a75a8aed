"""What the pages of the dashboard share: who may read them, which cut they show, their tabs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import audit
from core.downloads import csv_download
from core.http import Request
from core.models import Trial
from core.permissions import Permission, has_permission, require_permission
from core.scope import trial_or_404
from enrollment.calc.definition import Definition
from enrollment.queries.arms import may_compare, require_comparison
from enrollment.queries.trials import current_version
from outcomes.models import NightlyRun
from outcomes.queries.freshness import why_old
from reports.forms.dashboard import DashboardChoice
from reports.queries.behind import Part, patients_behind
from reports.queries.behind_found import Wanted
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

TOXICITY = ("reports:toxicity-board", _("Dose-limiting toxicity"))
"""Only where the definition has a rule for it."""
BY_ARM = ("reports:dashboard-arms", _("By arm"))
"""Its own address: on all other pages the arms are pooled."""

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
        runs, now = NightlyRun.objects.since_success(trial), timezone.now()
        shared = run_context(trial, runs[0] if runs else None) | {
            "old": self._why_old(runs, now),
            "nav": "dashboard",
            "dashboard": self.dashboard,
            "tabs": self._tabs(),
            "choice": self.choice,
            "query": self.query,
            "can_run": has_permission(self.request.user, Permission.NIGHTLY_RUN, trial=trial),
        }
        return render(self.request, template, shared | context)

    def patients(self, wanted: Wanted, *, part: Part | None = None) -> HttpResponse:
        """The list behind a number; 404 where there is no such number or no cut."""
        if self.dashboard is None:
            raise Http404
        user, trial = self.request.user, self.trial
        listing = patients_behind(
            self.dashboard,
            wanted,
            user=user,
            trial=trial,
            links=has_permission(user, Permission.PATIENT_VIEW, trial=trial),
            part=part,
        )
        if listing is None:
            raise Http404
        return self.page(
            "reports/dashboard_patients.html", listing=listing, by_arm=part is not None
        )

    def data(self, dashboard: Dashboard, name: str, rows: Iterable[list[object]]) -> HttpResponse:
        """The numbers of one figure as CSV, with the cut in the file's name."""
        audit.record("figure data", by=self.request.user, target=dashboard.snapshot, figure=name)
        return csv_download(
            f"{self.trial.slug}-{name}-{dashboard.snapshot.cut_on}.csv", rows, is_faithful=True
        )

    @property
    def query(self) -> str:
        """What was chosen, for the other pages of the dashboard."""
        return self.dashboard.query if self.dashboard is not None else ""

    def _why_old(self, runs: Sequence[NightlyRun], now: datetime) -> str:
        """Whoever chose an earlier cut knows that it is one."""
        dashboard = self.dashboard
        if dashboard is None or not dashboard.is_newest:
            return ""
        return why_old(dashboard.snapshot, runs, now=now)

    def _tabs(self) -> list[Tab]:
        path, user, trial = self.request.path, self.request.user, self.trial
        tabs = TABS if has_permission(user, Permission.DASHBOARD_VIEW, trial=trial) else ()
        if tabs and self.definition.dose_limiting_toxicity is not None:
            tabs = (*tabs, TOXICITY)
        if len(self.definition.arms) > 1 and may_compare(trial, by=user):
            tabs = (*tabs, BY_ARM)
        addresses = [(label, reverse(route, args=[trial.slug])) for route, label in tabs]
        return [
            Tab(label, f"{address}{self.query}", current=address == path)
            for label, address in addresses
        ]


def open_frame(request: Request, slug: str) -> Frame:
    """The trial's dashboard as this person may read it, else 403 or 404."""
    return _frame_of(request, enter(request, slug))


def open_frame_by_arm(request: Request, slug: str) -> Frame:
    """The same for a page of results by arm; 404 for a trial with one arm."""
    trial = trial_or_404(request, slug)
    require_comparison(trial, by=request.user)
    frame = _frame_of(request, trial)
    if len(frame.definition.arms) < 2:
        raise Http404
    return frame


def _frame_of(request: Request, trial: Trial) -> Frame:
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
