"""Survival curves of the arms in one drawing, and hazard ratios within subgroups."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import AtRisk, Curve
from reports.charts.forest import beside, side_px
from reports.charts.style import (
    ARMS,
    INK,
    INK_2,
    LINE,
    Figure,
    axis,
    layout,
    legend_above,
)
from reports.charts.survival import last_drawn_month, number_below, until
from reports.queries.safety import Behind

LETTERS_A_LINE = 26
LETTERS_A_COLUMN, COLUMN_PX = 18, 136
ROW_PX, FRAME_PX = 30, 150
RATIO_TICKS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10, 20)


def survival_by_arm_figure(
    curves: Sequence[Curve],
    *,
    names: Sequence[str],
    words: Sequence[str],
    behind: Sequence[Behind],
) -> Figure:
    """`words`: the lines at the top right, such as the hazard ratio. `behind`: of each arm."""
    last = max(last_drawn_month(curve) for curve in curves)
    # All arms have the same step; the longest has the most ticks.
    ticks = max(
        (
            [point["month"] for point in curve["at_risk"] if point["month"] <= last]
            for curve in curves
        ),
        key=len,
    )
    rows = range(len(curves) - 1, -1, -1)
    data: list[Figure] = []
    for place, (curve, name) in enumerate(zip(curves, names, strict=True)):
        data += _lines(curve, name, place)
    at_risk = [
        number
        for height, curve, place in zip(rows, curves, range(len(curves)), strict=True)
        for number in _at_risk_row(curve, ticks, height, behind[place], color=_color(place))
    ]
    share = 0.07 * len(curves) + 0.02
    return {
        "data": data,
        "layout": layout(
            height=440 + 24 * len(curves),
            showlegend=True,
            legend=legend_above(traceorder="normal"),
            margin={"l": 200, "r": 16, "t": 40, "b": 48},
            xaxis=axis(
                _("Months"),
                range=[-last * 0.02, last * 1.03],
                tickvals=ticks,
                ticktext=[str(tick) for tick in ticks],
                anchor="y2",
                showgrid=False,
                hoverformat=".1f",
            ),
            yaxis=axis("", range=[0, 1.02], domain=[share + 0.1, 1], dtick=0.25, tickformat=".2f"),
            yaxis2={
                "domain": [0, share],
                "range": [-0.6, len(curves) - 0.4],
                "showgrid": False,
                "zeroline": False,
                # Without a line of data on it, Plotly would not draw the axis.
                "anchor": "x",
                "tickvals": list(rows),
                "ticktext": [in_lines(name) for name in names],
                "tickfont": {"color": INK_2, "size": 11},
            },
            annotations=[_words(words), _heading(share), *at_risk],
        ),
    }


def _lines(curve: Curve, name: str, place: int) -> list[Figure]:
    """Interval, steps and censor marks, each arm as far as enough of it are at risk."""
    last, color = last_drawn_month(curve), _color(place)
    months, survival = until(last, curve["months"], curve["survival"])
    censored = until(last, curve["censored_months"], curve["censored_survival"], held=False)
    edge: Figure = {
        "x": months,
        "mode": "lines",
        "line": {"shape": "hv", "width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [
        edge | {"y": until(last, curve["months"], curve["upper"])[1]},
        edge
        | {
            "y": until(last, curve["months"], curve["lower"])[1],
            "fill": "tonexty",
            "fillcolor": ARMS[place % len(ARMS)].band,
        },
        {
            "x": months,
            "y": survival,
            "mode": "lines",
            "name": name,
            "line": {"shape": "hv", "color": color, "width": 2.5, "dash": _dash(place)},
            "hovertemplate": "%{y:.3f}",
        },
        {
            "x": censored[0],
            "y": censored[1],
            "mode": "markers",
            "showlegend": False,
            "marker": {"symbol": "line-ns-open", "size": 9, "color": color},
            "hoverinfo": "skip",
        },
    ]


def _at_risk_row(
    curve: Curve, ticks: list[int], height: int, behind: Behind, *, color: str
) -> list[Figure]:
    """`12 (3)`: at risk, and censored before; nobody after the last time of the arm."""
    known = {point["month"]: point for point in curve["at_risk"]}
    row = []
    for tick in ticks:
        point = known.get(tick) or AtRisk(month=tick, at_risk=0, events=0, censored=0)
        text = f"{point['at_risk']} ({point['censored']})" if tick in known else "0"
        href = behind(month=str(tick)) if point["at_risk"] else ""
        row.append(number_below(point, text, height, href, color=color))
    return row


def _color(place: int) -> str:
    return ARMS[place % len(ARMS)].color


def _dash(place: int) -> str:
    """Gray print tells the arms apart, too."""
    return ("solid", "dash", "dot", "dashdot")[place % 4]


def in_lines(name: str, letters: int = LETTERS_A_LINE) -> str:
    return "<br>".join(textwrap.wrap(name, letters)) or name


def _words(lines: Sequence[str]) -> Figure:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 1,
        "y": 1,
        "xanchor": "right",
        "yanchor": "top",
        "align": "right",
        "showarrow": False,
        "text": "<br>".join(lines),
        "font": {"size": 12, "color": INK},
    }


def _heading(height: float) -> Figure:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": height,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "text": _("At risk (censored before)"),
        "font": {"size": 12, "color": INK_2},
    }


@dataclass(frozen=True)
class Ratio:
    """One line of the forest. `counts`: events and patients of each arm, as text."""

    label: str
    is_overall: bool
    n: int
    hr: float | None
    lower: float | None
    upper: float | None
    counts: list[str]
    text: str
    href: str = ""


def hazard_forest_figure(
    rows: Sequence[Ratio], *, arms: Sequence[str], favors: tuple[str, str]
) -> Figure:
    """On a logarithmic axis. `favors`: the words left and right of 1."""
    most = max((row.n for row in rows), default=1)
    height = {place: len(rows) - place for place in range(len(rows))}
    known = [(height[place], row, row.hr) for place, row in enumerate(rows) if row.hr is not None]
    reach = _reach([row for _at, row, _hr in known])
    columns = [in_lines(arm, LETTERS_A_COLUMN) for arm in arms]
    shifts = [14 + COLUMN_PX * place for place in range(len(columns) + 1)]
    most_lines = 1 + max(text.count("<br>") for text in columns)
    return {
        "data": [
            {
                "mode": "markers",
                "x": [hr for _at, _row, hr in known],
                "y": [at for at, _row, _hr in known],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [(row.upper or hr) - hr for _at, row, hr in known],
                    "arrayminus": [hr - (row.lower or hr) for _at, row, hr in known],
                    "color": INK_2,
                    "thickness": 1.4,
                    "width": 4,
                },
                "marker": {
                    "symbol": "square",
                    "color": [INK if row.is_overall else ARMS[0].color for _at, row, _hr in known],
                    "opacity": 1,
                    "size": [side_px(row.n, most) for _at, row, _hr in known],
                },
                "customdata": [[row.href, row.label, row.text] for _at, row, _hr in known],
                "hovertemplate": "%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
            }
        ],
        "layout": layout(
            hovermode="closest",
            height=FRAME_PX + ROW_PX * len(rows),
            margin={"l": 8, "r": shifts[-1] + 130, "t": 24 + 16 * most_lines, "b": 74},
            xaxis=axis(
                "",
                type="log",
                range=[-reach, reach],
                tickvals=[tick for tick in RATIO_TICKS if abs(log10(tick)) <= reach],
                ticktext=[f"{tick:g}" for tick in RATIO_TICKS if abs(log10(tick)) <= reach],
                gridcolor=LINE,
            ),
            yaxis=axis(
                "",
                automargin=True,
                range=[0.4, len(rows) + 0.6],
                tickvals=list(height.values()),
                ticktext=[row.label for row in rows],
                ticks="",
                showgrid=False,
            ),
            shapes=[_line_at_one()],
            annotations=[
                *(
                    beside(None, text, shift_px=shift)
                    for text, shift in zip([*columns, _("HR (CI)")], shifts, strict=True)
                ),
                *(
                    beside(height[place], text, shift_px=shift)
                    for place, row in enumerate(rows)
                    for text, shift in zip([*row.counts, row.text], shifts, strict=True)
                ),
                _favor(f"← {favors[0]}", is_left=True),
                _favor(f"{favors[1]} →", is_left=False),
            ],
        ),
    }


def _reach(rows: Sequence[Ratio]) -> float:
    """Decimal logarithm of the axis' end: all limits, between 4 and 20."""
    limits = [x for row in rows for x in (row.hr, row.lower, row.upper) if x]
    widest = max((abs(log10(x)) for x in limits), default=0.0)
    return min(max(widest * 1.08, log10(4.2)), log10(21))


def _line_at_one() -> Figure:
    return {
        "type": "line",
        "yref": "paper",
        "x0": 1,
        "x1": 1,
        "y0": 0,
        "y1": 1,
        "line": {"color": INK, "width": 1},
    }


def _favor(text: str, *, is_left: bool) -> Figure:
    """Below the axis, beside its 1 (whose logarithm is 0)."""
    return {
        "x": 0,
        "xshift": -10 if is_left else 10,
        "yref": "paper",
        "y": 0,
        "yshift": -46,
        "xanchor": "right" if is_left else "left",
        "showarrow": False,
        "text": text,
        "font": {"size": 12, "color": INK_2},
    }
