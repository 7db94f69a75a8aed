"""The dashboard's figures: drawing, caption and data rows of each, by name."""

import re
from dataclasses import dataclass
from functools import partial
from typing import Literal

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import Criteria, Curve, Endpoint
from reports.charts.accrual import accrual_figure
from reports.charts.style import Figure
from reports.charts.survival import FEW, survival_figure
from reports.queries.dashboard import CRITERIA, Dashboard, curve_name, number
from reports.queries.safety import Behind


@dataclass(frozen=True)
class Plot:
    """A figure on the page. `name` is its id there and its address for the CSV.

    `behind` is the address of the patients that it shows; `empty` says why there is nothing.
    """

    name: str
    title: str
    figure: Figure
    summary: str
    note: str
    is_empty: bool
    behind: str = ""
    empty: str = ""
    size: str = ""
    data: str = "reports:figure-data"
    """The route of the CSV."""


def survival_plot(curve: Curve, *, behind: Behind | None = None, reader: str = "") -> Plot:
    """`behind`: the address of the patients of the endpoint, as narrowed by its arguments.

    `reader` of the scans, where the curve rests on them.
    """
    title = endpoint_title(curve["endpoint"], curve["criteria"])
    return Plot(
        name=curve_name(curve),
        title=title,
        figure=survival_figure(curve, title=title, behind=behind),
        summary=_(
            "Median %(median)s months (95%% CI %(lower)s to %(upper)s); %(events)s events in"
            " %(n)s patients; median follow-up %(follow_up)s months."
        )
        % {
            "median": number(curve["median"]),
            "lower": number(curve["median_lower"]),
            "upper": number(curve["median_upper"]),
            "events": curve["events"],
            "n": curve["n"],
            "follow_up": number(curve["follow_up_median"]),
        },
        note=" ".join(
            filter(None, [_curve_note(curve), _reader_note(reader) if curve["criteria"] else ""])
        ),
        is_empty=not curve["n"],
        behind=behind() if behind is not None else "",
        empty=_("Nobody has responded up to the cut.") if curve["endpoint"] == "dor" else "",
    )


def _curve_note(curve: Curve) -> str:
    return _(
        "%(method)s. Ticks mark censored patients; the numbers beneath are those at risk and"
        " those censored before. Follow-up by reverse Kaplan-Meier. The drawing ends where less"
        " than %(few)s %% are at risk; the CSV holds all."
    ) % {"method": _method_name(curve["method"]), "few": f"{100 * FEW:g}"}


def _reader_note(reader: str) -> str:
    notes = {
        "central": _("Scans as the central reader reads them."),
        "adjudicated": _(
            "Scans as adjudicated: the reading that both readers agree on or the adjudicator"
            " accepted; censored at the start while that is open."
        ),
    }
    return notes.get(reader, "")


def endpoint_title(endpoint: Endpoint, criteria: Criteria | Literal[""]) -> str:
    """`Overall survival`; with the criteria where they decide it."""
    title = {
        "pfs": _("Progression-free survival"),
        "os": _("Overall survival"),
        "ttp": _("Time to progression"),
        "dor": _("Duration of response"),
    }[endpoint]
    if not criteria:
        return title
    return _("%(endpoint)s, %(criteria)s") % {"endpoint": title, "criteria": CRITERIA[criteria]}


def _method_name(stored: str) -> str:
    """The method that a snapshot names, in the reader's language; as stored where it is new."""
    found = re.fullmatch(r"Kaplan-Meier, (\S+) interval, NE if flat to the end", stored)
    if found is None:
        return stored
    return _("Kaplan-Meier, %(interval)s interval, NE if flat to the end") % {"interval": found[1]}


def accrual_plot(dashboard: Dashboard) -> Plot:
    accrual = dashboard.summary["accrual"]
    return Plot(
        name="accrual",
        title=_("Accrual"),
        figure=accrual_figure(accrual, behind=partial(dashboard.behind, "enrolled")),
        summary=_("%(enrolled)s of %(target)s planned patients are enrolled.")
        % {"enrolled": accrual["enrolled"], "target": accrual["target"]},
        note=_("Bars: by month. Line: in all. Dashed: the planned number."),
        is_empty=not accrual["enrolled"],
        behind=dashboard.behind("enrolled"),
        empty=_("Nobody is enrolled up to the cut."),
    )
