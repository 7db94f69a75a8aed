"""One trial's dashboard, read from a snapshot. Only percentages are computed here."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from urllib.parse import quote_plus, urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import Trial
from enrollment.calc.definition import CountedReader, Definition
from outcomes.calc.snapshot.summary import (
    SHAPE,
    Criteria,
    Curve,
    Population,
    Rate,
    Results,
    Summary,
)
from outcomes.models import Snapshot
from outcomes.queries.results import results_by_criteria

CRITERIA = {"recist_1_1": "RECIST 1.1", "mrecist": "mRECIST", "irecist": "iRECIST"}
NOT_ESTIMABLE = "NE"
PATIENTS = "reports:dashboard-patients"


@dataclass(frozen=True)
class KeyFigure:
    label: str
    value: str
    unit: str = ""
    detail: str = ""
    href: str = ""


@dataclass(frozen=True)
class Asked:
    """What a reader chose. Empty or unknown is what the trial's definition names, and the newest
    cut."""

    cut: int | None = None
    population: str = ""
    criteria: str = ""


@dataclass(frozen=True)
class Dashboard:
    """`results` are those of the population that is shown, by each set of criteria."""

    snapshot: Snapshot
    is_newest: bool
    summary: Summary
    population: Population
    criteria: Criteria
    results: dict[Criteria, Results]
    definition: Definition
    language: str

    @property
    def shown(self) -> Results:
        return self.results[self.criteria]

    @property
    def reader(self) -> CountedReader:
        """Whose reading of the scans the cut comes from."""
        return self.summary.get("reader", "investigator")

    @property
    def is_confirmed(self) -> bool:
        """The trial counts responses that were confirmed."""
        return self.shown["responses"]["confirmed"]

    @property
    def days_per_month(self) -> float:
        return float(self.summary["rules"]["days_per_month"])

    @cached_property
    def chosen(self) -> dict[str, str]:
        """What differs from the first view of the page, for its addresses."""
        summary = self.summary
        chosen = {}
        if not self.is_newest:
            chosen["cut"] = str(self.snapshot.pk)
        if self.population["id"] != summary["population"]["id"]:
            chosen["population"] = self.population["id"]
        if self.criteria != summary["criteria"][0]:
            chosen["criteria"] = self.criteria
        return chosen

    @property
    def query(self) -> str:
        """As the end of an address: `?cut=3&criteria=mrecist`, or nothing."""
        return f"?{urlencode(self.chosen)}" if self.chosen else ""

    def behind(self, what: str, *, route: str = PATIENTS, **more: str | int) -> str:
        """The address of the patients behind a number: see `reports.queries.behind`."""
        asked = (
            {"what": what} | self.chosen | {name: value for name, value in more.items() if value}
        )
        # A page asks hundreds of times; names and most values need no escapes.
        words = "&".join(f"{name}={_in_address(str(value))}" for name, value in asked.items())
        return f"{self._path(route)}?{words}"

    def _path(self, route: str) -> str:
        """Asked for hundreds of times in a page with many numbers."""
        if route not in self._paths:
            self._paths[route] = reverse(route, args=[self.summary["trial"]])
        return self._paths[route]

    @cached_property
    def _paths(self) -> dict[str, str]:
        return {}

    @property
    def key_figures(self) -> list[KeyFigure]:
        return _key_figures(self)

    @property
    def own_results(self) -> list[tuple[str, str]]:
        """The trial's own line in the table of references (n, ORR, DCR, PFS, OS), each with the
        address of its patients."""
        responses = self.shown["responses"]
        return [
            (str(self.population["n"]), self.behind("population")),
            (number(responses["orr"]["percent"]), self.behind("orr")),
            (number(responses["dcr"]["percent"]), self.behind("dcr")),
            (number(curve_of(self.shown, "pfs")["median"]), self.behind("pfs")),
            (number(curve_of(self.shown, "os")["median"]), self.behind("os")),
        ]


def current_dashboard(
    trial: Trial,
    definition: Definition,
    *,
    language: str,
    asked: Asked | None = None,
    cuts: list[tuple[int, date]] | None = None,
) -> Dashboard | None:
    """None before the first night, and for a snapshot of a shape that this release cannot read.

    `cuts` where they are known already: of `cuts_of`.
    """
    asked = asked or Asked()
    newest = cuts_of(trial, limit=1) if cuts is None else cuts
    snapshot = _snapshot(trial, asked.cut) or _snapshot(trial, newest[0][0] if newest else None)
    if snapshot is None or snapshot.summary.get("shape") != SHAPE:
        return None
    summary: Summary = snapshot.summary
    population = _chosen_population(summary, asked.population)
    criteria = next(
        (name for name in summary["criteria"] if name == asked.criteria), summary["criteria"][0]
    )
    results = results_by_criteria(snapshot, population=population["id"])
    return Dashboard(
        snapshot=snapshot,
        is_newest=snapshot.pk == newest[0][0],
        summary=summary,
        population=population,
        criteria=criteria,
        results=results,
        definition=definition,
        language=language,
    )


def _in_address(value: str) -> str:
    return value if value.isalnum() and value.isascii() else quote_plus(value)


def cuts_of(trial: Trial, *, limit: int) -> list[tuple[int, date]]:
    """Key and day of the trial's cuts, the one to show first."""
    return list(Snapshot.objects.of(trial).values_list("pk", "cut_on")[:limit])


def _snapshot(trial: Trial, pk: int | None) -> Snapshot | None:
    if pk is None:
        return None
    return Snapshot.objects.filter(trial=trial, pk=pk).select_related("version").first()


def _chosen_population(summary: Summary, name: str) -> Population:
    known = (row for row in summary["populations"] if row["id"] == name)
    return next(known, summary["population"])


def curve_name(curve: Curve) -> str:
    """`pfs-recist_1_1`, `os`: unique within a summary."""
    return "-".join(part for part in (curve["endpoint"], curve["criteria"]) if part)


def curve_of(results: Results, endpoint: str) -> Curve:
    return next(curve for curve in results["curves"] if curve["endpoint"] == endpoint)


def _key_figures(dashboard: Dashboard) -> list[KeyFigure]:
    responses, accrual = dashboard.shown["responses"], dashboard.summary["accrual"]
    criteria = CRITERIA[dashboard.criteria]
    pfs, survival = curve_of(dashboard.shown, "pfs"), curve_of(dashboard.shown, "os")
    return [
        KeyFigure(
            _("Enrolled"),
            str(accrual["enrolled"]),
            detail=_("of %(target)s planned") % {"target": accrual["target"]},
            href=dashboard.behind("enrolled"),
        ),
        _rate_figure(
            _("ORR, %(criteria)s") % {"criteria": criteria},
            responses["orr"],
            href=dashboard.behind("orr"),
        ),
        _rate_figure(
            _("DCR, %(criteria)s") % {"criteria": criteria},
            responses["dcr"],
            href=dashboard.behind("dcr"),
        ),
        _median_figure(_("Median PFS"), pfs, href=dashboard.behind("pfs")),
        _median_figure(_("Median OS"), survival, href=dashboard.behind("os")),
    ]


def _rate_figure(label: str, rate: Rate, *, href: str) -> KeyFigure:
    if rate["percent"] is None:
        return KeyFigure(label, NOT_ESTIMABLE, detail=_("no patient yet"))
    detail = _("%(count)s of %(n)s · 95%% CI %(lower)s to %(upper)s") % {
        "count": rate["count"],
        "n": rate["n"],
        "lower": number(rate["lower"]),
        "upper": number(rate["upper"]),
    }
    return KeyFigure(label, number(rate["percent"]), unit="%", detail=detail, href=href)


def _median_figure(label: str, curve: Curve, *, href: str) -> KeyFigure:
    detail = _("95%% CI %(lower)s to %(upper)s · %(events)s events") % {
        "lower": number(curve["median_lower"]),
        "upper": number(curve["median_upper"]),
        "events": curve["events"],
    }
    return KeyFigure(label, number(curve["median"]), unit=_("months"), detail=detail, href=href)


def number(value: float | None) -> str:
    """One decimal place; NE where nothing can be estimated."""
    return NOT_ESTIMABLE if value is None else f"{value:.1f}"
