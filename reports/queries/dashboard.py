"""One trial's dashboard, read from its newest snapshot. Only percentages are computed here."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.models import Trial
from enrollment.calc.definition import Definition
from enrollment.models import EndOfStudy, EndOfTreatment
from outcomes import catalog
from outcomes.calc.snapshot.summary import SHAPE, Curve, GradedTerm, Rate, Reason, Summary
from outcomes.models import Snapshot

CRITERIA = {"recist_1_1": "RECIST 1.1", "mrecist": "mRECIST", "irecist": "iRECIST"}
NOT_ESTIMABLE = "NE"


@dataclass(frozen=True)
class KeyFigure:
    label: str
    value: str
    unit: str = ""
    detail: str = ""


@dataclass(frozen=True)
class FlowStep:
    label: str
    count: int
    left: list[tuple[str, int]]
    share: str = ""


@dataclass(frozen=True)
class ResponseRow:
    """Best responses by one set of criteria, counted, with the rates as text."""

    criteria: str
    confirmed: bool
    counts: list[int]
    orr: str
    dcr: str
    method: str


@dataclass(frozen=True)
class Dashboard:
    snapshot: Snapshot
    summary: Summary
    key_figures: list[KeyFigure]
    flow: list[FlowStep]
    response_tables: list[tuple[list[str], list[ResponseRow]]]
    """Criteria with the same words share a table: the words, and a row for each."""
    own_results: list[str]
    graded_terms: list[tuple[str, GradedTerm]]


def current_dashboard(trial: Trial, definition: Definition, *, language: str) -> Dashboard | None:
    """None before the first night, and for a snapshot of a shape that this release cannot read."""
    snapshot = Snapshot.objects.select_related("version").current(trial)
    if snapshot is None or snapshot.summary.get("shape") != SHAPE:
        return None
    summary: Summary = snapshot.summary
    events = summary["adverse_events"]
    names = term_names(events["ctcae_version"], language=language)
    return Dashboard(
        snapshot=snapshot,
        summary=summary,
        key_figures=_key_figures(summary),
        flow=_flow(summary, _criterion_labels(definition, language=language)),
        response_tables=_response_tables(summary),
        own_results=_own_results(summary),
        graded_terms=[(names.get(term["term"], term["term"]), term) for term in events["terms"]],
    )


def curve_name(curve: Curve) -> str:
    """`pfs-recist_1_1`, `os`: unique within a summary."""
    return "-".join(part for part in (curve["endpoint"], curve["criteria"]) if part)


def curve_of(summary: Summary, endpoint: str) -> Curve:
    """The endpoint's curve by the leading criteria."""
    return next(curve for curve in summary["curves"] if curve["endpoint"] == endpoint)


def term_names(ctcae_version: str, *, language: str) -> dict[str, str]:
    """Stored term of the catalog to the reader's language."""
    return {term.name: term.in_language(language) for term in catalog.terms(ctcae_version)}


def _response_name(response: str) -> str:
    """CR, PR and the like are read in every language."""
    return _("MISSING") if response == "MISSING" else response


def _criterion_labels(definition: Definition, *, language: str) -> dict[str, str]:
    return {item.id: f"{item.id} {item.text.in_language(language)}" for item in definition.criteria}


def _key_figures(summary: Summary) -> list[KeyFigure]:
    responses = summary["responses"][0]
    criteria = CRITERIA[responses["criteria"]]
    accrual = summary["accrual"]
    return [
        KeyFigure(
            _("Enrolled"),
            str(accrual["enrolled"]),
            detail=_("of %(target)s planned") % {"target": accrual["target"]},
        ),
        _rate_figure(_("ORR, %(criteria)s") % {"criteria": criteria}, responses["orr"]),
        _rate_figure(_("DCR, %(criteria)s") % {"criteria": criteria}, responses["dcr"]),
        _median_figure(_("Median PFS"), curve_of(summary, "pfs")),
        _median_figure(_("Median OS"), curve_of(summary, "os")),
    ]


def _rate_figure(label: str, rate: Rate) -> KeyFigure:
    if rate["percent"] is None:
        return KeyFigure(label, NOT_ESTIMABLE, detail=_("no patient yet"))
    detail = _("%(count)s of %(n)s · 95%% CI %(lower)s to %(upper)s") % {
        "count": rate["count"],
        "n": rate["n"],
        "lower": number(rate["lower"]),
        "upper": number(rate["upper"]),
    }
    return KeyFigure(label, number(rate["percent"]), unit="%", detail=detail)


def _median_figure(label: str, curve: Curve) -> KeyFigure:
    detail = _("95%% CI %(lower)s to %(upper)s · %(events)s events") % {
        "lower": number(curve["median_lower"]),
        "upper": number(curve["median_upper"]),
        "events": curve["events"],
    }
    return KeyFigure(label, number(curve["median"]), unit=_("months"), detail=detail)


def number(value: float | None) -> str:
    """One decimal place; NE where nothing can be estimated."""
    return NOT_ESTIMABLE if value is None else f"{value:.1f}"


def _flow(summary: Summary, criteria: dict[str, str]) -> list[FlowStep]:
    flow = summary["flow"]
    # The two forms share codes with different meanings, such as "completed".
    treatment = {code: str(label) for code, label in EndOfTreatment.Reason.choices}
    study = {code: str(label) for code, label in EndOfStudy.Reason.choices}

    def left(reasons: list[Reason], labels: dict[str, str]) -> list[tuple[str, int]]:
        return [(labels.get(item["reason"], item["reason"]), item["n"]) for item in reasons]

    return [
        FlowStep(_("Screened"), flow["screened"], []),
        FlowStep(
            _("Not eligible"), flow["not_eligible"], left(flow["not_eligible_reasons"], criteria)
        ),
        FlowStep(_("Enrolled"), flow["enrolled"], []),
        FlowStep(_("Treated"), flow["treated"], []),
        FlowStep(_("On treatment"), flow["on_treatment"], []),
        FlowStep(
            _("Off treatment"),
            flow["off_treatment"],
            left(flow["off_treatment_reasons"], treatment),
        ),
        FlowStep(_("Off study"), flow["off_study"], left(flow["off_study_reasons"], study)),
        FlowStep(_("Died"), flow["died"], []),
    ]


def _response_tables(summary: Summary) -> list[tuple[list[str], list[ResponseRow]]]:
    tables: dict[tuple[str, ...], list[ResponseRow]] = {}
    for item in summary["responses"]:
        names = tuple(_response_name(best["response"]) for best in item["best"])
        tables.setdefault(names, []).append(
            ResponseRow(
                criteria=CRITERIA[item["criteria"]],
                confirmed=item["confirmed"],
                counts=[best["n"] for best in item["best"]],
                orr=_rate_text(item["orr"]),
                dcr=_rate_text(item["dcr"]),
                method=item["orr"]["method"],
            )
        )
    return [(list(names), rows) for names, rows in tables.items()]


def _rate_text(rate: Rate) -> str:
    if rate["percent"] is None:
        return NOT_ESTIMABLE
    interval = f"{number(rate['lower'])}–{number(rate['upper'])}"
    return f"{number(rate['percent'])} % ({interval})"


def _own_results(summary: Summary) -> list[str]:
    """The trial's own line in the table of references: n, ORR, DCR, PFS, OS."""
    responses = summary["responses"][0]
    return [
        str(summary["population"]["n"]),
        number(responses["orr"]["percent"]),
        number(responses["dcr"]["percent"]),
        number(curve_of(summary, "pfs")["median"]),
        number(curve_of(summary, "os")["median"]),
    ]
