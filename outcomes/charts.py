"""Figures of one patient's tumor, as Plotly draws them in the manner of static/js/charts.js."""

from typing import Any

from django.utils.translation import gettext as _

from outcomes.queries.tumor_history import History

Figure = dict[str, Any]

_SYMBOLS = ("circle", "diamond")
_COLORS = ("#0b5d63", "#c0722a")


def sum_figure(history: History) -> Figure:
    """The sums by scan, each point with the response of the first criteria."""
    responses = [cell.text for cell in history.responses[0].cells]
    lines = [
        {
            "x": [day.isoformat() for day in history.days],
            "y": line.values,
            "mode": "lines+markers+text",
            "name": line.label,
            "text": responses if n == 0 else None,
            "textposition": "top center",
            "cliponaxis": False,
            "connectgaps": False,
            "line": {"color": _COLORS[n], "width": 2.5, "dash": "dot" if n else "solid"},
            "marker": {"size": 9, "symbol": _SYMBOLS[n]},
            "hovertemplate": "%{x|%Y-%m-%d}: %{y:.1f} mm<extra></extra>",
        }
        for n, line in enumerate(history.sums)
    ]
    baseline = history.sums[0].values[0]
    return {
        "data": lines,
        "layout": {
            "showlegend": len(lines) > 1,
            "xaxis": {"type": "date", "tickformat": "%Y-%m-%d", "nticks": 8},
            "yaxis": {"title": {"text": "mm"}, "rangemode": "tozero"},
            "shapes": [_limit(baseline * 0.7)] if baseline else [],
            "annotations": [_limit_text(baseline * 0.7)] if baseline else [],
        },
    }


def sum_summary(history: History) -> str:
    """The figure in one sentence, by the first sum."""
    total = history.sums[0]
    return _("From %(first)s mm at baseline to %(last)s mm on %(day)s.") % {
        "first": total.cells[0].text,
        "last": total.cells[-1].text,
        "day": history.days[-1],
    }


def _limit(mm: float) -> Figure:
    """Where the first sum is a partial response."""
    line = {"color": "#5d6b6c", "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": mm, "y1": mm, "line": line}


def _limit_text(mm: float) -> Figure:
    return {
        "xref": "paper",
        "x": 1,
        "y": mm,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "text": _("30 % below baseline"),
        "font": {"size": 11, "color": "#5d6b6c"},
    }
