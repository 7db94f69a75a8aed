from django.utils.translation import gettext as _

from outcomes.calc.snapshot.safety_summary import ScaleChange
from reports.charts.style import ACCENT, INK_2, Figure, axis, layout
from reports.queries.safety import RELEVANT_POINTS, Behind, enough


def change_figure(scale: ScaleChange, *, behind: Behind) -> Figure:
    """Mean change from baseline with its interval, visit by visit, and the median beside it."""
    visits = enough(scale["visits"])
    names = [f"{point['visit']}<br>n = {point['n']}" for point in visits]
    reach = max(
        [
            abs(value)
            for point in visits
            for value in (point["lower"], point["upper"], point["mean"], point["median"])
            if value is not None
        ]
        + [1.5 * RELEVANT_POINTS]
    )
    return {
        "data": [
            {
                "x": names,
                "y": [point["mean"] for point in visits],
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [_reach(point["upper"], point["mean"]) for point in visits],
                    "arrayminus": [_reach(point["mean"], point["lower"]) for point in visits],
                    "color": ACCENT,
                    "thickness": 1.5,
                    "width": 5,
                },
                "mode": "lines+markers",
                "name": _("mean"),
                "line": {"color": ACCENT, "width": 2.5},
                "marker": {"size": 8},
                "customdata": [[behind(visit=point["visit"])] for point in visits],
                "hovertemplate": "%{y:+.1f}<extra>" + _("mean") + "</extra>",
            },
            {
                "x": names,
                "y": [point["median"] for point in visits],
                "mode": "markers",
                "name": _("median"),
                "marker": {"symbol": "diamond-open", "size": 9, "color": INK_2},
                "hovertemplate": "%{y:+.1f}<extra>" + _("median") + "</extra>",
            },
        ],
        "layout": layout(
            showlegend=True,
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            margin={"l": 64, "r": 16, "t": 40, "b": 64},
            xaxis=axis("", type="category", showgrid=False),
            yaxis=axis(_("Change from baseline (points)"), range=[-1.1 * reach, 1.1 * reach]),
            shapes=[
                _line(0, "solid"),
                _line(RELEVANT_POINTS, "dot"),
                _line(-RELEVANT_POINTS, "dot"),
            ],
        ),
    }


def _reach(upper: float | None, lower: float | None) -> float | None:
    return upper - lower if upper is not None and lower is not None else None


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
