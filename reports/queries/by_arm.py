"""Results by arm as tables, and who is in which arm, once the arms are no secret."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.models import Trial, User
from enrollment.models import Patient
from enrollment.queries.arms import arms_for_all, require_comparison
from outcomes.calc.snapshot.summary import (
    Comparison,
    Curve,
    Difference,
    Endpoint,
    GroupedResults,
    HazardRatio,
    Rate,
)
from reports.queries.dashboard import NOT_ESTIMABLE, Dashboard, number
from reports.queries.responses import rate_text, response_name

PATIENTS = "reports:arms-patients"
ENDPOINTS: tuple[Endpoint, ...] = ("pfs", "os", "ttp")


@dataclass(frozen=True)
class Cell:
    """`href`: the patients who are counted."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    caption: str
    columns: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Arms:
    """One cut's results by arm, with the names that the reader knows the arms by."""

    dashboard: Dashboard
    grouped: GroupedResults

    @property
    def names(self) -> dict[str, str]:
        key = "name_zh" if self.dashboard.language.lower().startswith("zh") else "name_en"
        return {group["id"]: group[key] for group in self.grouped["groups"]}  # type: ignore[literal-required]

    @property
    def reference(self) -> str:
        """Its name."""
        return self.names[self.grouped["reference"]]

    @property
    def others(self) -> list[str]:
        """All but the reference."""
        return [name for name in self.names if name != self.grouped["reference"]]

    def behind(self, what: str, arm: str = "", **more: str | int) -> str:
        return self.dashboard.behind(what, route=PATIENTS, arm=arm, **more)

    def curves(self, endpoint: Endpoint) -> list[Curve]:
        """One for each arm."""
        return [_curve(curves, endpoint) for curves in self.grouped["curves"]]

    def comparison(self, endpoint: Endpoint) -> Comparison:
        return next(x for x in self.grouped["comparisons"] if x["endpoint"] == endpoint)


def _curve(curves: Sequence[Curve], endpoint: Endpoint) -> Curve:
    return next(curve for curve in curves if curve["endpoint"] == endpoint)


def response_table(arms: Arms) -> Table:
    grouped, names = arms.grouped, arms.names
    responses = list(zip(names, grouped["responses"], strict=True))
    rows = [
        Row(
            response_name(best["response"]),
            [
                _count(
                    item["best"][place]["n"], arms.behind("best", arm, response=best["response"])
                )
                for arm, item in responses
            ],
        )
        for place, best in enumerate(responses[0][1]["best"])
    ]

    def rates(label: str, what: str, found: Sequence[Rate]) -> Row:
        pairs = zip(names, found, strict=True)
        return Row(label, [Cell(rate_text(rate), arms.behind(what, arm)) for arm, rate in pairs])

    orr = rates(_("ORR (95 % CI)"), "orr", [item["orr"] for _arm, item in responses])
    dcr = rates(_("DCR (95 % CI)"), "dcr", [item["dcr"] for _arm, item in responses])
    differences = [Cell(_difference(item, " %")) for item in grouped["orr_differences"]]
    nothing = [Cell("") for _item in differences]
    orr = Row(orr.label, [*orr.cells, *differences])
    others = [Row(row.label, [*row.cells, *nothing]) for row in (*rows, dcr)]
    return Table(
        _("Best response and rates"),
        [*_with_n(arms), *(_of_arm(arms, _("Difference (95 % CI)"), name) for name in arms.others)],
        [*others[:-1], orr, others[-1]],
    )


def time_table(arms: Arms) -> Table:
    """Rows are what was estimated; a column for each endpoint."""
    found = [arms.comparison(endpoint) for endpoint in ENDPOINTS]
    rows = []
    for place, (arm, name) in enumerate(arms.names.items()):
        curves = [arms.curves(endpoint)[place] for endpoint in ENDPOINTS]
        rows += [
            Row(
                _("%(arm)s: events / patients") % {"arm": name},
                [
                    _events(curve, arms.behind(curve["endpoint"], arm, status="event"))
                    for curve in curves
                ],
            ),
            Row(
                _("%(arm)s: median, months (95 %% CI)") % {"arm": name},
                [Cell(_median(curve), arms.behind(curve["endpoint"], arm)) for curve in curves],
            ),
        ]
    rows.append(Row(_("Log-rank test, p"), [Cell(p_text(x["test"]["p"])) for x in found]))
    if arms.grouped["stratified_by"]:
        tests = [x["stratified_test"] for x in found]
        texts = [Cell(p_text(test["p"] if test else None)) for test in tests]
        rows.append(Row(_("Log-rank test, stratified, p"), texts))
    for place, arm in enumerate(arms.others):
        rows += _compared(arms, arm, place, found)
    return Table(_("Times to an event"), ["PFS", "OS", "TTP"], rows)


def _compared(arms: Arms, arm: str, place: int, found: Sequence[Comparison]) -> list[Row]:
    def row(label: str, texts: Iterable[str]) -> Row:
        return Row(_of_arm(arms, label, arm), [Cell(text) for text in texts])

    plain = row(_("Hazard ratio (95 % CI)"), (ratio_text(x["hazard_ratios"][place]) for x in found))
    stratified = row(
        _("Hazard ratio, stratified (95 % CI)"),
        (ratio_text(x["stratified_hazard_ratios"][place]) for x in found)
        if arms.grouped["stratified_by"]
        else (),
    )
    medians = row(
        _("Difference of medians, months (95 % CI)"),
        (_difference(x["median_differences"][place], "") for x in found),
    )
    return [plain, *([stratified] if stratified.cells else []), medians]


def _of_arm(arms: Arms, label: str, arm: str) -> str:
    """The arm is named where there are several to compare with the reference."""
    return f"{label}: {arms.names[arm]}" if len(arms.others) > 1 else label


def leading_ratio(comparison: Comparison, arm: str) -> HazardRatio:
    """The stratified one where the trial stratifies."""
    ratios = comparison["stratified_hazard_ratios"] or comparison["hazard_ratios"]
    return next(ratio for ratio in ratios if ratio["group"] == arm)


def leading_p(comparison: Comparison) -> float | None:
    return (comparison["stratified_test"] or comparison["test"])["p"]


def ratio_text(ratio: HazardRatio) -> str:
    if ratio["hr"] is None:
        return NOT_ESTIMABLE
    limits = [
        NOT_ESTIMABLE if value is None else f"{value:.2f}"
        for value in (ratio["lower"], ratio["upper"])
    ]
    return f"{ratio['hr']:.2f} ({limits[0]}–{limits[1]})"


def p_text(p: float | None) -> str:
    if p is None:
        return NOT_ESTIMABLE
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _difference(item: Difference, unit: str) -> str:
    if item["value"] is None:
        return NOT_ESTIMABLE
    value = f"{item['value']:+.1f}".replace("-", "−")
    limits = _("%(lower)s to %(upper)s") % {
        "lower": _signed(item["lower"]),
        "upper": _signed(item["upper"]),
    }
    return f"{value}{unit} ({limits})"


def _signed(value: float | None) -> str:
    return number(value).replace("-", "−")


def _median(curve: Curve) -> str:
    limits = f"{number(curve['median_lower'])}–{number(curve['median_upper'])}"
    return f"{number(curve['median'])} ({limits})"


def _events(curve: Curve, href: str) -> Cell:
    return Cell(f"{curve['events']} / {curve['n']}", href if curve["events"] else "")


def _count(n: int, href: str) -> Cell:
    return Cell(str(n), href if n else "")


def _with_n(arms: Arms) -> list[str]:
    groups = arms.grouped["groups"]
    return [f"{arms.names[group['id']]} (n = {group['n']})" for group in groups]


def numbers_of_arm(trial: Trial, arm: str, *, by: User) -> frozenset[str]:
    """The numbers of the patients of an arm, those of other sites too: for counting.

    Raises:
        PermissionDenied: the person may not ask for results by arm.
    """
    require_comparison(trial, by=by)
    members = [pk for pk, name in arms_for_all(trial).items() if name == arm]
    patients = Patient.objects.filter(pk__in=members, number__isnull=False)
    return frozenset(patient.number or "" for patient in patients)
