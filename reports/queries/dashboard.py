"""One trial's dashboard, read from its newest snapshot. Nothing is computed here."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.models import Trial
from enrollment.calc.definition import Definition
from enrollment.models import EndOfStudy, EndOfTreatment
from outcomes import catalog
from outcomes.models import Snapshot
from outcomes.calc.snapshot.summary import SHAPE, Curve, Responses, Summary
from reports.charts import accrual_figure, adverse_event_figure, survival_figure
from reports.charts.style import Figure

CRITERIA = {"recist_1_1": "RECIST 1.1", "mrecist": "mRECIST", "irecist": "iRECIST"}


@dataclass(frozen=True)
class Plot:
    """A figure on the page. `name` is its address for the CSV."""

    name: str
    title: str
    figure: Figure
    note: str
    is_empty: bool
    curve: Curve | None = None


@dataclass(frozen=True)
class Dashboard:
    snapshot: Snapshot
    summary: Summary
    accrual: Plot
    survival: list[Plot]
    adverse_events: Plot
    term_names: dict[str, str]

    @property
    def responses(self) -> list[tuple[str, Responses]]:
        return [(CRITERIA[item["criteria"]], item) for item in self.summary["responses"]]


def current_dashboard(trial: Trial, *, language: str) -> Dashboard | None:
    """None before the first night, and for a snapshot of a shape that this release cannot read."""
    snapshot = Snapshot.objects.select_related("version").current(trial)
    if snapshot is None or snapshot.summary.get("shape") != SHAPE:
        return None
    summary: Summary = snapshot.summary
    names = _term_names(summary, language)
    return Dashboard(
        snapshot=snapshot,
        summary=summary,
        accrual=Plot(
            "accrual",
            _("Accrual"),
            accrual_figure(summary["accrual"]),
            _("Enrolled patients by month; the dashed line is the planned number."),
            is_empty=not summary["accrual"]["enrolled"],
        ),
        survival=[_survival_plot(curve) for curve in summary["curves"]],
        adverse_events=_adverse_event_plot(summary, names),
        term_names=names,
    )


def curve_name(curve: Curve) -> str:
    """`pfs-recist_1_1`, `os`: unique within a summary."""
    return "-".join(part for part in (curve["endpoint"], curve["criteria"]) if part)


def _survival_plot(curve: Curve) -> Plot:
    title = {
        "pfs": _("Progression-free survival"),
        "os": _("Overall survival"),
        "dor": _("Duration of response"),
    }[curve["endpoint"]]
    if curve["criteria"]:
        title = f"{title}, {CRITERIA[curve['criteria']]}"
    note = _(
        "%(method)s, %(level)s %% interval; ticks are censored patients; n = %(n)s, events = %(events)s."
    ) % {
        "method": curve["method"],
        "level": round(100 * curve["level"]),
        "n": curve["n"],
        "events": curve["events"],
    }
    return Plot(
        curve_name(curve),
        title,
        survival_figure(curve, title=title),
        note,
        is_empty=not curve["n"],
        curve=curve,
    )


def _adverse_event_plot(summary: Summary, names: dict[str, str]) -> Plot:
    events = summary["adverse_events"]
    note = _(
        "Each patient once per term, at the worst grade by CTCAE %(version)s; n = %(n)s patients of the safety population."
    ) % {"version": events["ctcae_version"], "n": events["population"]["n"]}
    return Plot(
        "adverse-events",
        _("Adverse events by worst grade"),
        adverse_event_figure(events["terms"], names=names, n=events["population"]["n"]),
        note,
        is_empty=not events["terms"],
    )


def _term_names(summary: Summary, language: str) -> dict[str, str]:
    """English term of the catalog to the reader's language."""
    if not language.startswith("zh"):
        return {}
    terms = catalog.terms(summary["adverse_events"]["ctcae_version"])
    return {term.name: term.name_zh for term in terms}


def reason_labels(definition: Definition, *, language: str) -> dict[str, str]:
    """What the codes of the patient flow mean: criteria, and reasons for an end."""
    labels: dict[str, Any] = {
        item.id: item.text.in_language(language) for item in definition.criteria
    }
    labels |= dict(EndOfTreatment.Reason.choices) | dict(EndOfStudy.Reason.choices)
    return {code: str(label) for code, label in labels.items()}
