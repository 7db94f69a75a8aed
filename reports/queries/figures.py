"""The data of each figure as rows, in English keys, for the CSV beside it."""

from collections.abc import Callable, Iterator
from itertools import chain

from enrollment.queries.references import published_references
from outcomes.calc.snapshot.summary import Curve
from reports.queries.dashboard import Dashboard, curve_name
from reports.queries.figures_safety import safety_rows
from reports.queries.flow import flow_steps
from reports.queries.patient_figures import Link, spider, swimmer, waterfall
from reports.queries.patient_rows import PatientRows, patient_rows
from reports.queries.references import compared
from reports.queries.subgroups import subgroup_rates

Row = list[object]
Rows = Iterator[Row]


def figure_rows(dashboard: Dashboard, name: str, *, link: Link) -> Rows | None:
    """The figure's rows, header first; None for a figure that the snapshot does not have.

    `link` is empty for patients whom the reader may not see: they stand without number.
    """
    rows = _rows(dashboard, name, link)
    return with_provenance(dashboard, rows) if rows is not None else None


def with_provenance(dashboard: Dashboard, rows: Rows) -> Rows:
    """The rows below comments that say what they are of."""
    snapshot = dashboard.snapshot
    provenance: list[Row] = [
        ["# trial", dashboard.summary["trial"]],
        ["# data cut", snapshot.cut_on.isoformat()],
        ["# snapshot", snapshot.pk],
        ["# rules", snapshot.rule_version],
        ["# population", dashboard.population["id"]],
        ["# criteria", dashboard.criteria],
    ]
    return chain(provenance, rows)


def _rows(dashboard: Dashboard, name: str, link: Link) -> Rows | None:
    if name in OF_TRIAL:
        return OF_TRIAL[name](dashboard)
    if name in OF_PATIENTS:
        patients = patient_rows(dashboard)
        return OF_PATIENTS[name](dashboard, patients, link) if patients is not None else None
    for curve in dashboard.shown["curves"]:
        if curve_name(curve) == name:
            return curve_rows(curve)
    return safety_rows(dashboard.snapshot, name)


def _accrual(dashboard: Dashboard) -> Rows:
    yield ["month", "enrolled", "cumulative"]
    for month in dashboard.summary["accrual"]["months"]:
        yield [month["month"], month["enrolled"], month["cumulative"]]


def _consort(dashboard: Dashboard) -> Rows:
    flow = dashboard.summary["flow"]
    reasons = {
        "not-eligible": flow["not_eligible_reasons"],
        "off-treatment": flow["off_treatment_reasons"],
        "off-study": flow["off_study_reasons"],
    }
    yield ["step", "patients", "reason", "patients_with_reason"]
    for step in flow_steps(dashboard):
        yield [step.what, step.count, "", ""]
        for row in reasons.get(step.what, []):
            yield [step.what, "", row["reason"], row["n"]]


def _references(dashboard: Dashboard) -> Rows:
    yield ["source", "regimen", "result", "estimate", "lower", "upper"]
    published = published_references().named(dashboard.definition.references)
    for row in compared(dashboard, published, language="en"):
        for result, values in row.values.items():
            for value in values:
                yield [
                    row.id, row.regimen, result, value.estimate,
                    known(value.lower), known(value.upper),
                ]  # fmt: skip


def _forest(dashboard: Dashboard) -> Rows:
    yield ["factor", "level", "n", "responders", "orr_percent", "lower", "upper", "method"]
    for row in subgroup_rates(dashboard, dashboard.definition, language="en"):
        yield [
            row.factor, row.level, row.n, row.responders,
            known(row.percent), row.lower, row.upper, row.method,
        ]  # fmt: skip


def _waterfall(dashboard: Dashboard, rows: PatientRows, link: Link) -> Rows:
    bars, missing = waterfall(rows, link, confirmed=dashboard.is_confirmed)
    yield ["patient", "best_change_pct", "best_response", "visit", "has_new_lesion", "why_none"]
    for bar in bars:
        new = "Y" if bar.has_new_lesion else "N"
        yield [bar.number, bar.change_pct, bar.response, bar.visit, new, ""]
    for part in missing:
        for number in [*(number for number, _href in part.patients), *[""] * part.others]:
            yield [number, "", "", "", "", part.why]


def _spider(dashboard: Dashboard, rows: PatientRows, link: Link) -> Rows:
    """The lines are numbered, so that those of other sites stay apart."""
    yield ["line", "patient", "best_response", "weeks", "change_pct", "visit"]
    threads = spider(rows, link, confirmed=dashboard.is_confirmed)
    for line, thread in enumerate(threads, start=1):
        for point in thread.points:
            yield [
                line, thread.number, thread.response, point.weeks, point.change_pct, point.visit,
            ]  # fmt: skip


def _swimmer(dashboard: Dashboard, rows: PatientRows, link: Link) -> Rows:
    yield ["patient", "best_response", "months", "is_ongoing", "response_from", "response_to",
           "is_response_ongoing", "progression", "death"]  # fmt: skip
    lanes = swimmer(
        rows,
        link,
        confirmed=dashboard.is_confirmed,
        cut_on=dashboard.snapshot.cut_on,
        days_per_month=dashboard.days_per_month,
    )
    for lane in lanes:
        yield [
            lane.number, lane.response, lane.months, "Y" if lane.is_ongoing else "N",
            known(lane.response_from), known(lane.response_to),
            "Y" if lane.is_response_ongoing else "N",
            known(lane.progression), known(lane.death),
        ]  # fmt: skip


def curve_rows(curve: Curve) -> Rows:
    """Header first."""
    yield ["month", "survival", "lower", "upper", "is_censor_mark"]
    steps = zip(curve["months"], curve["survival"], curve["lower"], curve["upper"], strict=True)
    for month, survival, lower, upper in steps:
        yield [month, survival, lower, upper, 0]
    for month, survival in zip(curve["censored_months"], curve["censored_survival"], strict=True):
        yield [month, survival, "", "", 1]


def known(value: float | None) -> object:
    return "" if value is None else value


OF_TRIAL: dict[str, Callable[[Dashboard], Rows]] = {
    "accrual": _accrual,
    "consort": _consort,
    "references": _references,
    "forest": _forest,
}
OF_PATIENTS: dict[str, Callable[[Dashboard, PatientRows, Link], Rows]] = {
    "waterfall": _waterfall,
    "spider": _spider,
    "swimmer": _swimmer,
}
