"""The dashboard's figures: drawing, caption and data rows of each, by name."""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import Curve, Summary
from reports.charts.accrual import accrual_figure
from reports.charts.style import Figure
from reports.charts.survival import FEW, survival_figure
from reports.queries.dashboard import CRITERIA, curve_name, number


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


def survival_plot(curve: Curve, *, behind: str = "") -> Plot:
    title = {
        "pfs": _("Progression-free survival"),
        "os": _("Overall survival"),
        "ttp": _("Time to progression"),
        "dor": _("Duration of response"),
    }[curve["endpoint"]]
    if curve["criteria"]:
        title = _("%(endpoint)s, %(criteria)s") % {
            "endpoint": title,
            "criteria": CRITERIA[curve["criteria"]],
        }
    return Plot(
        name=curve_name(curve),
        title=title,
        figure=survival_figure(curve, title=title),
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
        note=_(
            "%(method)s. Ticks mark censored patients; the numbers beneath are those at risk and"
            " those censored before. Follow-up by reverse Kaplan-Meier. The drawing ends where less"
            " than %(few)s %% are at risk; the CSV holds all."
        )
        % {"method": _method_name(curve["method"]), "few": f"{100 * FEW:g}"},
        is_empty=not curve["n"],
        behind=behind,
        empty=_("Nobody has responded up to the cut.") if curve["endpoint"] == "dor" else "",
    )


def _method_name(stored: str) -> str:
    """The method that a snapshot names, in the reader's language; as stored where it is new."""
    found = re.fullmatch(r"Kaplan-Meier, (\S+) interval, NE if flat to the end", stored)
    if found is None:
        return stored
    return _("Kaplan-Meier, %(interval)s interval, NE if flat to the end") % {"interval": found[1]}


def accrual_plot(summary: Summary) -> Plot:
    accrual = summary["accrual"]
    return Plot(
        name="accrual",
        title=_("Accrual"),
        figure=accrual_figure(accrual),
        summary=_("%(enrolled)s of %(target)s planned patients are enrolled.")
        % {"enrolled": accrual["enrolled"], "target": accrual["target"]},
        note=_("Bars: by month. Line: in all. Dashed: the planned number."),
        is_empty=not accrual["enrolled"],
        empty=_("Nobody is enrolled up to the cut."),
    )
