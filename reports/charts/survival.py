from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import AtRisk, Curve
from reports.charts.style import ACCENT, ACCENT_BAND, INK, INK_2, Figure, axis, layout
from reports.queries.dashboard import number
from reports.queries.safety import Behind

FEW = 0.1
"""The drawing ends where less than this share is still at risk: steps of a few patients look as
sure as those of all. Source: Pocock, Clayton and Altman 2002, Lancet 359:1686."""


def survival_figure(curve: Curve, *, title: str, behind: Behind | None = None) -> Figure:
    """Kaplan-Meier curve with its interval, censor marks and the numbers at risk beneath."""
    last = last_drawn_month(curve)
    months, survival = until(last, curve["months"], curve["survival"])
    band = {"mode": "lines", "line": {"shape": "hv", "width": 0}, "hoverinfo": "skip"}
    censored = until(last, curve["censored_months"], curve["censored_survival"], held=False)
    points = [point for point in curve["at_risk"] if point["month"] <= last]
    ticks = [point["month"] for point in points]
    return {
        "data": [
            {"x": months, "y": until(last, curve["months"], curve["upper"])[1], **band},
            {
                "x": months,
                "y": until(last, curve["months"], curve["lower"])[1],
                **band,
                "fill": "tonexty",
                "fillcolor": ACCENT_BAND,
            },
            {
                "x": months,
                "y": survival,
                "mode": "lines",
                "name": title,
                "line": {"shape": "hv", "color": ACCENT, "width": 2.5},
                "hovertemplate": "%{y:.3f} <extra></extra>",
            },
            {
                "x": censored[0],
                "y": censored[1],
                "mode": "markers",
                "name": _("censored"),
                "marker": {"symbol": "line-ns-open", "size": 9, "color": INK},
                "hoverinfo": "skip",
            },
        ],
        "layout": layout(
            margin={"l": 84, "r": 16, "t": 16, "b": 48},
            xaxis=axis(
                _("Months"),
                range=[-last * 0.02, last * 1.03],
                tickvals=ticks,
                ticktext=[str(tick) for tick in ticks],
                anchor="y2",
                showgrid=False,
                hoverformat=".1f",
            ),
            yaxis=axis("", range=[0, 1.02], domain=[0.26, 1], dtick=0.25, tickformat=".2f"),
            yaxis2={
                "domain": [0, 0.16],
                "range": [-0.6, 1.6],
                "showgrid": False,
                "zeroline": False,
                # Without a line of data on it, Plotly would not draw the axis.
                "anchor": "x",
                "tickvals": [1, 0],
                "ticktext": [_("At risk"), _("Censored")],
                "tickfont": {"color": INK_2, "size": 12},
            },
            shapes=[*_median_lines(curve, last)],
            annotations=[
                _median_words(curve),
                *(number_below(at, str(at["at_risk"]), 1, _at_risk(at, behind)) for at in points),
                *(number_below(at, str(at["censored"]), 0, _left(at, behind)) for at in points),
            ],
        ),
    }


def last_drawn_month(curve: Curve) -> float:
    """The last tick with enough patients at risk; where all have, as far as anybody was seen."""
    enough = [point["month"] for point in curve["at_risk"] if point["at_risk"] >= FEW * curve["n"]]
    if len(enough) < len(curve["at_risk"]) and max(enough, default=0) > 0:
        return float(max(enough))
    return max([*curve["months"], *curve["censored_months"], curve["last_month"], 1.0])


def until(
    last: float,
    months: list[float],
    values: list[float] | list[float | None],
    *,
    held: bool = True,
) -> tuple[list[float], list[float | None]]:
    """Steps up to a month; `held`: the last value goes on to it."""
    steps = [
        (month, None if value is None else round(value, 6))
        for month, value in zip(months, values, strict=True)
        if month <= last
    ]
    if held and steps:
        steps.append((last, steps[-1][1]))
    return [month for month, _value in steps], [value for _month, value in steps]


def _at_risk(point: AtRisk, behind: Behind | None) -> str:
    return behind(month=str(point["month"])) if behind and point["at_risk"] else ""


def _left(point: AtRisk, behind: Behind | None) -> str:
    if not behind or not point["censored"]:
        return ""
    return behind(month=str(point["month"]), status="censored")


def number_below(
    point: AtRisk, text: str, height: float, href: str = "", *, color: str = INK_2
) -> Figure:
    """A number under its tick of the time axis; a click opens the address."""
    words: Figure = {
        "x": point["month"],
        "y": height,
        "yref": "y2",
        "showarrow": False,
        "text": text,
        "font": {"size": 12, "color": color},
    }
    return words | {"name": href, "captureevents": True} if href else words


def _median_lines(curve: Curve, last: float) -> list[Figure]:
    """Where the curve crosses one half is the median."""
    dotted = {"type": "line", "line": {"color": INK_2, "width": 1, "dash": "dot"}}
    median = curve["median"]
    reaches = median is not None and median <= last
    across = dotted | {"x0": 0, "x1": median if reaches else last, "y0": 0.5, "y1": 0.5}
    if not reaches:
        return [across]
    return [across, dotted | {"x0": median, "x1": median, "y0": 0, "y1": 0.5}]


def _median_words(curve: Curve) -> Figure:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 1,
        "xanchor": "right",
        "yanchor": "top",
        "showarrow": False,
        "text": _("Median %(median)s months (%(level)s %% CI %(lower)s–%(upper)s)")
        % {
            "median": number(curve["median"]),
            "level": f"{100 * curve['level']:g}",
            "lower": number(curve["median_lower"]),
            "upper": number(curve["median_upper"]),
        },
        "font": {"size": 12, "color": INK},
    }
