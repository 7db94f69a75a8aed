from django.utils.translation import gettext as _

from outcomes.calc.snapshot.safety_summary import GradeLimit, Trend, TrendPoint
from reports.charts.style import ACCENT, ACCENT_BAND, INK_2, Figure, axis, layout
from reports.queries.safety import Behind, enough

BANDS = {
    1: "rgba(240, 185, 91, 0.16)",
    2: "rgba(240, 185, 91, 0.34)",
    3: "rgba(197, 86, 47, 0.26)",
    4: "rgba(107, 26, 18, 0.26)",
}
"""Behind the values, from light to dark."""
_MARGIN = 0.06


def trend_figure(trend: Trend, *, label: str, behind: Behind) -> Figure:
    """Medians with their quartiles visit by visit, before bands of CTCAE grades."""
    visits = enough(trend["visits"])
    names = [point["visit"] for point in visits]
    low, high = _range(trend)
    bands = [
        band
        for limit, beyond in _with_next(trend["limits"])
        if (band := _band(limit, beyond, low, high)) is not None
    ]
    line = {"x": names, "mode": "lines", "hoverinfo": "skip", "line": {"width": 0}}
    return {
        "data": [
            {**line, "y": [point["q3"] for point in visits]},
            {
                **line,
                "y": [point["q1"] for point in visits],
                "fill": "tonexty",
                "fillcolor": ACCENT_BAND,
            },
            {
                "x": names,
                "y": [point["median"] for point in visits],
                "mode": "lines+markers",
                "line": {"color": ACCENT, "width": 2.5},
                "marker": {"size": 6},
                "customdata": [
                    [behind(item=trend["test"], visit=point["visit"]), _spread(point)]
                    for point in visits
                ],
                "hovertemplate": "%{x}: %{customdata[1]}<extra></extra>",
            },
        ],
        "layout": layout(
            hovermode="closest",
            margin={"l": 64, "r": 64, "t": 16, "b": 64},
            xaxis=axis("", type="category", tickangle=-45, showgrid=False),
            yaxis=axis(label, range=[low, high]),
            shapes=[shape for shape, _words in bands],
            annotations=[words for _shape, words in bands],
        ),
    }


def _spread(point: TrendPoint) -> str:
    quartiles = f"{point['q1']:.4g}–{point['q3']:.4g}"
    return f"{point['median']:.4g} ({quartiles}), n = {point['n']}"


def _range(trend: Trend) -> tuple[float, float]:
    """All quartiles and the first grade of each direction that is near them."""
    values = [point[name] for point in enough(trend["visits"]) for name in ("q1", "q3")]
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    for limit in trend["limits"]:
        # A grade that begins far outside would flatten the curve.
        if limit["direction"] == "L" and low - 1.5 * span <= limit["at"] < low:
            low = min(low, limit["at"])
        if limit["direction"] == "H" and high < limit["at"] <= high + 1.5 * span:
            high = max(high, limit["at"])
    edge = _MARGIN * ((high - low) or 1.0)
    return low - 2 * edge, high + 2 * edge


def _with_next(limits: list[GradeLimit]) -> list[tuple[GradeLimit, float | None]]:
    """Each limit with the one of the next worse grade in its direction."""
    return [
        (
            limit,
            next(
                (
                    other["at"]
                    for other in limits
                    if other["direction"] == limit["direction"] and other["grade"] > limit["grade"]
                ),
                None,
            ),
        )
        for limit in limits
    ]


def _band(
    limit: GradeLimit, beyond: float | None, low: float, high: float
) -> tuple[Figure, Figure] | None:
    """The rectangle and its words; none where it lies outside the drawing."""
    if limit["direction"] == "L":
        top, bottom = min(limit["at"], high), max(low if beyond is None else beyond, low)
    else:
        bottom, top = max(limit["at"], low), min(high if beyond is None else beyond, high)
    if top <= bottom:
        return None
    shape = {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": bottom,
        "y1": top,
        "fillcolor": BANDS[limit["grade"]],
        "line": {"width": 0},
        "layer": "below",
    }
    words = {
        "xref": "paper",
        "x": 1.01,
        "y": (bottom + top) / 2,
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "text": _("grade %(grade)s") % {"grade": limit["grade"]},
        "font": {"color": INK_2, "size": 11},
    }
    return shape, words
