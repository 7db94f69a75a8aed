from django.utils.translation import gettext as _

from outcomes.calc.snapshot.safety_summary import MarkerTrend
from reports.charts.style import ACCENT, INK_2, TARGET, Figure, axis, layout

HALF, DOUBLE = 0.5, 2.0


def marker_figure(trend: MarkerTrend) -> Figure:
    """A line for each patient from (0, 1): the value over the baseline, on a logarithmic axis."""
    shown = [line for line in trend["lines"] if len(line["weeks"]) > 1]
    return {
        "data": [
            {
                "x": line["weeks"],
                "y": line["ratio"],
                "mode": "lines+markers",
                "line": {"color": _color(line["ratio"][-1]), "width": 1.3},
                "marker": {"size": 4},
                "opacity": 0.7,
                "hovertemplate": _("week %(week)s: × %(ratio)s")
                % {"week": "%{x:.1f}", "ratio": "%{y:.2f}"}
                + "<extra></extra>",
            }
            for line in shown
        ],
        "layout": layout(
            hovermode="closest",
            xaxis=axis(_("Weeks since the first dose"), rangemode="tozero"),
            yaxis=axis(
                _("Value over baseline"),
                type="log",
                tickvals=[0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10, 20, 100],
                ticktext=["0.01", "0.05", "0.1", "0.25", "0.5", "1", "2", "4", "10", "20", "100"],
            ),
            shapes=[_line(1.0, "solid"), _line(HALF, "dot"), _line(DOUBLE, "dot")],
        ),
    }


def _color(last: float) -> str:
    """By the last value: halved or less, doubled or more, in between."""
    return ACCENT if last <= HALF else TARGET if last >= DOUBLE else INK_2


def _line(at: float, dash: str) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": at,
        "y1": at,
        "line": {"color": INK_2, "width": 1, "dash": dash},
    }
