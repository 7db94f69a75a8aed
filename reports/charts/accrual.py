from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import Accrual
from reports.charts.style import ACCENT, ACCENT_BAND, TARGET, Figure, axis, layout
from reports.queries.safety import Behind


def accrual_figure(accrual: Accrual, *, behind: Behind) -> Figure:
    """Patients enrolled, month by month and in all, against the target."""
    months = [month["month"] for month in accrual["months"]]
    return {
        "data": [
            {
                "type": "bar",
                "x": months,
                "y": [month["enrolled"] for month in accrual["months"]],
                "name": _("in the month"),
                "marker": {"color": ACCENT_BAND},
                "customdata": [[behind(month=month)] for month in months],
                "hovertemplate": "%{y}<extra>" + _("in the month") + "</extra>",
            },
            {
                "x": months,
                "y": [month["cumulative"] for month in accrual["months"]],
                "mode": "lines",
                "name": _("in all"),
                "line": {"color": ACCENT, "width": 2.5},
                "hovertemplate": "%{y}<extra>" + _("in all") + "</extra>",
            },
        ],
        "layout": layout(
            xaxis=axis("", type="category", nticks=8),
            yaxis=axis(_("Patients"), rangemode="tozero"),
            shapes=[
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": accrual["target"],
                    "y1": accrual["target"],
                    "line": {"color": TARGET, "width": 1.5, "dash": "dash"},
                }
            ],
            annotations=[
                {
                    "xref": "paper",
                    "x": 0,
                    "y": accrual["target"],
                    "xanchor": "left",
                    "yanchor": "bottom",
                    "showarrow": False,
                    "text": _("target %(n)s") % {"n": accrual["target"]},
                    "font": {"color": TARGET, "size": 12},
                }
            ],
        ),
    }
