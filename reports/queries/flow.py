"""How many patients came how far, and why others left: as a list and as boxes of a diagram."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from enrollment.models import EndOfStudy, EndOfTreatment
from outcomes.calc.snapshot.summary import Population, Reason
from reports.queries.dashboard import Dashboard

Left = tuple[str, int, str]
"""Why, how many, and the address of who."""


@dataclass(frozen=True)
class FlowStep:
    label: str
    count: int
    what: str
    """The key of the step: see `reports.queries.behind`."""
    left: list[Left] = field(default_factory=list)
    href: str = ""


@dataclass(frozen=True)
class FlowBox:
    label: str
    count: int
    href: str = ""
    phase: str = ""
    reasons: list[tuple[str, int]] = field(default_factory=list)


def criterion_labels(dashboard: Dashboard) -> dict[str, str]:
    language = dashboard.language
    return {
        item.id: f"{item.id} {item.text.in_language(language)}"
        for item in dashboard.definition.criteria
    }


def end_of_treatment_labels() -> dict[str, str]:
    """The two forms share codes with different meanings, such as "completed"."""
    return {code: str(label) for code, label in EndOfTreatment.Reason.choices}


def end_of_study_labels() -> dict[str, str]:
    return {code: str(label) for code, label in EndOfStudy.Reason.choices}


def flow_steps(dashboard: Dashboard) -> list[FlowStep]:
    flow = dashboard.summary["flow"]

    def left(what: str, reasons: list[Reason], labels: dict[str, str]) -> list[Left]:
        return [
            (
                labels.get(item["reason"], item["reason"]),
                item["n"],
                dashboard.behind(what, reason=item["reason"]),
            )
            for item in reasons
        ]

    def step(label: str, count: int, what: str, reasons: list[Left] | None = None) -> FlowStep:
        href = dashboard.behind(what) if count else ""
        return FlowStep(label, count, what, reasons or [], href)

    not_eligible = left("not-eligible", flow["not_eligible_reasons"], criterion_labels(dashboard))
    off_treatment = left("off-treatment", flow["off_treatment_reasons"], end_of_treatment_labels())
    off_study = left("off-study", flow["off_study_reasons"], end_of_study_labels())
    return [
        step(_("Screened"), flow["screened"], "screened"),
        step(_("Not eligible"), flow["not_eligible"], "not-eligible", not_eligible),
        step(_("Enrolled"), flow["enrolled"], "enrolled"),
        step(_("Treated"), flow["treated"], "treated"),
        step(_("On treatment"), flow["on_treatment"], "on-treatment"),
        step(_("Off treatment"), flow["off_treatment"], "off-treatment", off_treatment),
        step(_("Off study"), flow["off_study"], "off-study", off_study),
        step(_("Died"), flow["died"], "died"),
        step(_("Analyzed"), dashboard.population["n"], "population", _analyzed(dashboard)),
    ]


def _analyzed(dashboard: Dashboard) -> list[Left]:
    """Every population of the definition."""
    return [
        (
            _name(row, dashboard.language),
            row["n"],
            dashboard.behind("population", population=row["id"]) if row["n"] else "",
        )
        for row in dashboard.summary["populations"]
    ]


def consort_rows(dashboard: Dashboard) -> list[tuple[FlowBox, FlowBox | None]]:
    """From top to bottom: who went on, and who did not."""
    flow = dashboard.summary["flow"]
    steps = flow_steps(dashboard)
    screened, not_eligible, enrolled, treated, on_treatment, off_treatment, off_study, died = [
        FlowBox(
            step.label, step.count, step.href, reasons=[(why, n) for why, n, _href in step.left]
        )
        for step in steps[:-1]
    ]
    not_enrolled = flow["screened"] - flow["enrolled"]
    waiting = [(_("eligible, not enrolled"), flow["awaiting_enrollment"])]
    excluded = FlowBox(
        _("Not enrolled"),
        not_enrolled,
        dashboard.behind("not-enrolled") if not_enrolled else "",
        reasons=[*(x for x in waiting if x[1]), *not_eligible.reasons],
    )
    not_treated = flow["enrolled"] - flow["treated"]
    untreated = FlowBox(
        _("Not treated"), not_treated, dashboard.behind("not-treated") if not_treated else ""
    )
    followed = FlowBox(
        _("Followed up"),
        flow["treated"],
        dashboard.behind("treated") if flow["treated"] else "",
        phase=_("Follow-up"),
        reasons=[(step.label, step.count) for step in (on_treatment, off_study, died)],
    )
    analyzed = [
        (_name(row, dashboard.language), row["n"]) for row in dashboard.summary["populations"]
    ]
    return [
        (_in_phase(screened, _("Enrollment")), None),
        (enrolled, excluded),
        (_in_phase(treated, _("Treatment")), untreated if not_treated else None),
        (followed, off_treatment),
        (
            FlowBox(
                _("Analyzed"),
                dashboard.population["n"],
                dashboard.behind("population"),
                phase=_("Analysis"),
                reasons=analyzed,
            ),
            None,
        ),
    ]


def _in_phase(box: FlowBox, phase: str) -> FlowBox:
    return FlowBox(box.label, box.count, box.href, phase, box.reasons)


def _name(population: Population, language: str) -> str:
    return population["name_zh" if language.lower().startswith("zh") else "name_en"]
