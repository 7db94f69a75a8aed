from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import Curve
from reports.charts.style import ACCENT, ACCENT_BAND, INK, INK_2, Figure, axis, layout


def survival_figure(curve: Curve, *, title: str) -> Figure:
    """Kaplan-Meier curve with its interval, censor marks and the numbers at risk beneath."""
    last = max([*curve["months"], *curve["censored_months"], 1.0])
    # The last step reaches as far as somebody was followed.
    months = [*curve["months"], last]
    band = {"mode": "lines", "line": {"shape": "hv", "width": 0}, "hoverinfo": "skip"}
    return {
        "data": [
            {"x": months, "y": _held(curve["upper"]), **band},
            {
                "x": months,
                "y": _held(curve["lower"]),
                **band,
                "fill": "tonexty",
                "fillcolor": ACCENT_BAND,
            },
            {
                "x": months,
                "y": _held(curve["survival"]),
                "mode": "lines",
                "name": title,
                "line": {"shape": "hv", "color": ACCENT, "width": 2.5},
                "hovertemplate": "%{y:.1f} %<extra></extra>",
            },
            {
                "x": curve["censored_months"],
                "y": _percent(curve["censored_survival"]),
                "mode": "markers",
                "name": _("censored"),
                "marker": {"symbol": "line-ns-open", "size": 9, "color": INK},
                "hoverinfo": "skip",
            },
            {
                "x": [point["month"] for point in curve["at_risk"]],
                "y": [0] * len(curve["at_risk"]),
                "yaxis": "y2",
                "mode": "text",
                "text": [str(point["at_risk"]) for point in curve["at_risk"]],
                "textfont": {"size": 12, "color": INK_2},
                "hoverinfo": "skip",
            },
        ],
        "layout": layout(
            xaxis=axis(
                _("Months"),
                range=[-last * 0.02, last * 1.03],
                tickvals=[point["month"] for point in curve["at_risk"]],
                anchor="y2",
                showgrid=False,
                tickformat="d",
                hoverformat=".1f",
            ),
            yaxis=axis("%", range=[0, 102], domain=[0.2, 1], dtick=25),
            yaxis2={
                "domain": [0, 0.1],
                "range": [-1, 1],
                "showgrid": False,
                "zeroline": False,
                "tickvals": [0],
                "ticktext": [_("At risk")],
                "tickfont": {"color": INK_2},
            },
            shapes=[_half_line(last)],
        ),
    }


def _half_line(last: float) -> Figure:
    """Where the curve crosses 50 % is the median."""
    return {
        "type": "line",
        "x0": 0,
        "x1": last,
        "y0": 50,
        "y1": 50,
        "line": {"color": INK_2, "width": 1, "dash": "dot"},
    }


def _held(values: list[float] | list[float | None]) -> list[float | None]:
    """In percent, the last value held to the end of follow-up."""
    percent = _percent(values)
    return [*percent, *percent[-1:]]


def _percent(values: list[float] | list[float | None]) -> list[float | None]:
    return [None if value is None else round(100 * value, 4) for value in values]
