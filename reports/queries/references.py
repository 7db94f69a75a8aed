"""The trial's results and those published, as one list; the trial's own first."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from enrollment.calc.references import Reference
from outcomes.calc.snapshot.summary import Curve, Rate
from reports.queries.dashboard import CRITERIA, Dashboard, curve_of, number


@dataclass(frozen=True)
class Value:
    """Percent or months; published values stand without an interval."""

    estimate: float
    lower: float | None
    upper: float | None
    text: str


@dataclass(frozen=True)
class Compared:
    """`values` by orr, dcr, pfs, os; a publication can give a rate by several criteria."""

    id: str
    name: str
    regimen: str
    is_own: bool
    values: dict[str, list[Value]]


def compared(
    dashboard: Dashboard, references: Sequence[Reference], *, language: str
) -> list[Compared]:
    own = _own(dashboard)
    return [own, *(_published(item, dashboard.criteria, language) for item in references)]


def _own(dashboard: Dashboard) -> Compared:
    results = dashboard.shown
    responses = results["responses"]
    return Compared(
        id="own",
        name=_("This trial"),
        regimen=_("%(criteria)s, n = %(n)s")
        % {"criteria": CRITERIA[dashboard.criteria], "n": results["population"]["n"]},
        is_own=True,
        values={
            "orr": _rate(responses["orr"]),
            "dcr": _rate(responses["dcr"]),
            "pfs": _median(curve_of(results, "pfs")),
            "os": _median(curve_of(results, "os")),
        },
    )


def _rate(rate: Rate) -> list[Value]:
    if rate["percent"] is None:
        return []
    return [_value(rate["percent"], rate["lower"], rate["upper"])]


def _median(curve: Curve) -> list[Value]:
    """Nothing to draw where it cannot be estimated; the table says NE."""
    if curve["median"] is None:
        return []
    return [_value(curve["median"], curve["median_lower"], curve["median_upper"])]


def _value(estimate: float, lower: float | None, upper: float | None) -> Value:
    text = f"{number(estimate)} ({number(lower)}–{number(upper)})"
    return Value(round(estimate, 1), lower, upper, text)


def _published(item: Reference, criteria: str, language: str) -> Compared:
    rates = item.orr_percent
    # The criteria that the page shows, else all that the publication gives.
    shown = {name: value for name, value in rates.items() if name == criteria} or rates
    found = {
        "orr": [
            Value(float(value), None, None, f"{value} % {CRITERIA.get(name, '')}".strip())
            for name, value in shown.items()
        ],
        "dcr": _plain(item.dcr_percent, "%"),
        "pfs": _plain(item.median_pfs_months, _("months")),
        "os": _plain(item.median_os_months, _("months")),
    }
    return Compared(
        id=item.id,
        name=_short(item.citation),
        regimen=item.regimen.in_language(language),
        is_own=False,
        values=found,
    )


def _plain(value: object, unit: str) -> list[Value]:
    return [] if value is None else [Value(float(str(value)), None, None, f"{value} {unit}")]


def _short(citation: str) -> str:
    """As far as the year: `Huang 2022`."""
    words = citation.replace(",", " ").split()
    year = next((i for i, word in enumerate(words) if word.strip("().;").isdecimal()), len(words))
    return " ".join(words[: year + 1])
