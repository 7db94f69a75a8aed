"""Waterfall, spider and swimmer. A point's `customdata` is its patient, link and visit."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from reports.charts.style import (
    ACCENT,
    INK,
    INK_2,
    LINE,
    RESPONSE_COLORS,
    TARGET,
    Figure,
    axis,
    layout,
    legend_above,
    level_line,
    response_color,
)
from reports.queries.patient_figures import Bar, Drawn, Lane, Point, Thread

D = TypeVar("D", bound=Drawn)

TOP_PCT = 100
"""Growth above it is cut off and marked: one bar would flatten all others."""
LIMITS_PCT = (-108, 112)
FLAT_PCT = 2
LANE_PX, FRAME_PX = 18, 130
PATIENT_AND_TEXT = "%{customdata[1]}<br>%{customdata[2]}"


def response_name(response: str) -> str:
    """CR, PR and the like are read in every language."""
    return _("MISSING") if response == "MISSING" else response


def who(drawn: Drawn) -> str:
    return drawn.number or _("a patient of another site")


def waterfall_figure(bars: Sequence[Bar]) -> Figure:
    """Best change of each patient, falling from left to right, colored by the best response."""
    places = {bar: place for place, bar in enumerate(bars, start=1)}
    partial = level_line(-30, label=_("−30 %"), at_end=False)
    growth = level_line(20, label=_("+20 %"))
    cut_off = [bar for bar in bars if bar.change_pct > TOP_PCT]
    new = [bar for bar in bars if bar.has_new_lesion]
    return {
        "data": [
            *(
                {
                    "type": "bar",
                    "x": [places[bar] for bar in part],
                    "y": [min(bar.change_pct, TOP_PCT) for bar in part],
                    "width": 0.86,
                    "name": response_name(response),
                    "marker": {"color": response_color(response)},
                    "customdata": [_said(bar, f"{bar.change_pct:+.1f} %") for bar in part],
                    "hovertemplate": PATIENT_AND_TEXT,
                }
                for response, part in _by_response(bars)
            ),
            _flat_marks([(places[bar], bar) for bar in bars if abs(bar.change_pct) < FLAT_PCT]),
            {
                "mode": "markers",
                "x": [places[bar] for bar in new],
                "y": [max(min(bar.change_pct, TOP_PCT), 0) + 4 for bar in new],
                "name": _("new lesion"),
                "marker": {"symbol": "diamond", "size": 8, "color": TARGET},
                "hoverinfo": "skip",
            },
        ],
        "layout": layout(
            hovermode="closest",
            showlegend=True,
            legend=legend_above(),
            barmode="overlay",
            bargap=0.1,
            margin={"l": 64, "r": 16, "t": 40, "b": 40},
            xaxis=axis(
                _("Patients"), showticklabels=False, ticks="", showgrid=False,
                range=[0.3, max(len(bars), 8) + 0.7],
            ),
            yaxis=axis(
                # xgettext:no-python-format
                _("Best change of the sum, %"),
                range=list(LIMITS_PCT), dtick=20, zeroline=True, zerolinecolor=INK_2,
            ),
            shapes=[partial[0], growth[0]],
            annotations=[
                partial[1],
                growth[1],
                *(_cut_off(places[bar], bar.change_pct) for bar in cut_off),
            ],
        ),
    }  # fmt: skip


def _flat_marks(flat: Sequence[tuple[int, Bar]]) -> Figure:
    """A bar of next to no height has a mark to see and to click on."""
    return {
        "mode": "markers",
        "x": [place for place, _bar in flat],
        "y": [bar.change_pct for _place, bar in flat],
        "name": _("hardly any change"),
        "showlegend": False,
        "marker": {
            "symbol": "square",
            "size": 9,
            "color": [response_color(bar.response) for _place, bar in flat],
            "line": {"color": INK_2, "width": 1},
        },
        "customdata": [_said(bar, f"{bar.change_pct:+.1f} %") for _place, bar in flat],
        "hovertemplate": f"{PATIENT_AND_TEXT}<extra></extra>",
    }


def _cut_off(place: int, change_pct: float) -> Figure:
    """The bar goes on: a mark and the value at its top."""
    return {
        "x": place,
        "y": TOP_PCT,
        "yanchor": "bottom",
        "showarrow": False,
        "text": f"↑ {change_pct:+.0f}",
        "font": {"color": TARGET, "size": 11},
    }


def spider_figure(threads: Sequence[Thread]) -> Figure:
    """Change from baseline over time, a line for each patient; gaps part the lines of a color."""
    return {
        "data": [
            *(
                {
                    "mode": "lines+markers",
                    "x": [x for thread in part for x in (0, *_weeks(thread.points), None)],
                    "y": [y for thread in part for y in (0, *_changes(thread.points), None)],
                    "customdata": [
                        said
                        for thread in part
                        for said in (_said(thread, ""), *_said_of_points(thread), None)
                    ],
                    "name": response_name(response),
                    "line": {"color": response_color(response), "width": 1.6},
                    "marker": {"size": 4},
                    "hovertemplate": PATIENT_AND_TEXT,
                }
                for response, part in _by_response(threads)
            ),
            _marks(
                [(thread, thread.new_lesion) for thread in threads],
                name=_("progression by a new lesion"),
                symbol="x-thin",
                color=TARGET,
            ),
            _marks(
                [(thread, thread.last_on_treatment) for thread in threads],
                name=_("last on treatment"),
                symbol="circle-open",
                color=INK,
            ),
        ],
        "layout": layout(
            hovermode="closest",
            showlegend=True,
            legend=legend_above(),
            margin={"l": 64, "r": 16, "t": 40, "b": 48},
            xaxis=axis(_("Weeks since the start"), rangemode="tozero"),
            yaxis=axis(
                # xgettext:no-python-format
                _("Change from baseline, %"),
                zeroline=True,
                zerolinecolor=INK_2,
            ),
            shapes=[level_line(-30, label="")[0], level_line(20, label="")[0]],
        ),
    }


def _marks(
    found: Iterable[tuple[Thread, Point | None]], *, name: str, symbol: str, color: str
) -> Figure:
    known = [(thread, point) for thread, point in found if point is not None]
    return {
        "mode": "markers",
        "x": [point.weeks for _thread, point in known],
        "y": [point.change_pct for _thread, point in known],
        "customdata": [_said(thread, name) for thread, _point in known],
        "name": name,
        "marker": {
            "symbol": symbol,
            "size": 9,
            "color": color,
            "line": {"color": color, "width": 2},
        },
        "hovertemplate": f"{PATIENT_AND_TEXT}<extra></extra>",
    }


def swimmer_figure(lanes: Sequence[Lane]) -> Figure:
    """Time on treatment of each patient, the longest on top, with what happened on the way."""
    height = {lane: place for place, lane in enumerate(reversed(lanes), start=1)}
    last = max(
        (value for lane in lanes for value in (lane.months, lane.death, lane.response_to) if value),
        default=1.0,
    )
    responded = [lane for lane in lanes if lane.response_from is not None]
    return {
        "data": [
            *(
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [height[lane] for lane in part],
                    "x": [lane.months for lane in part],
                    "width": 0.72,
                    "name": response_name(response),
                    "marker": {"color": response_color(response), "opacity": 0.75},
                    "customdata": [
                        _said(lane, _("%(n)s months") % {"n": f"{lane.months:.1f}"})
                        for lane in part
                    ],
                    "hovertemplate": PATIENT_AND_TEXT,
                }
                for response, part in _by_response(lanes)
            ),
            {
                "mode": "lines",
                "x": [
                    x for lane in responded for x in (lane.response_from, lane.response_to, None)
                ],
                "y": [y for lane in responded for y in (height[lane], height[lane], None)],
                "name": _("response"),
                "line": {"color": INK, "width": 2},
                "hoverinfo": "skip",
            },
            *(
                {
                    "mode": "markers",
                    "x": [x for _lane, x in points],
                    "y": [height[lane] for lane, _x in points],
                    "name": name,
                    "marker": {"symbol": symbol, "size": 9, "color": color, "line": line},
                    "customdata": [_said(lane, name) for lane, _x in points],
                    "hovertemplate": f"{PATIENT_AND_TEXT}, %{{x:.1f}}<extra></extra>",
                }
                for name, symbol, color, line, points in _events(lanes)
            ),
        ],
        "layout": layout(
            hovermode="closest",
            showlegend=True,
            legend=legend_above(),
            barmode="overlay",
            height=max(FRAME_PX + LANE_PX * len(lanes), 320),
            margin={"l": 92, "r": 24, "t": 64, "b": 48},
            xaxis=axis(_("Months since the first dose"), range=[0, last * 1.05], gridcolor=LINE),
            yaxis=axis(
                "",
                range=[0.3, len(lanes) + 0.7],
                tickvals=list(height.values()),
                ticktext=[lane.number for lane in height],
                tickfont={"size": 11},
                ticks="",
                showgrid=False,
            ),
        ),
    }


Event = tuple[str, str, str, dict[str, Any], list[tuple[Lane, float]]]


def _events(lanes: Sequence[Lane]) -> list[Event]:
    """Name, symbol, color, outline and places of each kind of mark."""

    def at(attribute: str) -> list[tuple[Lane, float]]:
        values = [(lane, getattr(lane, attribute)) for lane in lanes]
        return [(lane, value) for lane, value in values if value is not None]

    edge = {"color": "#fff", "width": 1}
    ongoing = [(lane, lane.months) for lane in lanes if lane.is_ongoing]
    return [
        (_("first response"), "triangle-up", ACCENT, edge, at("response_from")),
        (_("progression"), "diamond", TARGET, edge, at("progression")),
        (_("death"), "x-thin", INK, {"color": INK, "width": 2}, at("death")),
        (_("treatment goes on"), "triangle-right", INK_2, edge, ongoing),
    ]


def _by_response(drawn: Sequence[D]) -> list[tuple[str, list[D]]]:
    """In the order of the responses, those without patients left out."""
    order = list(RESPONSE_COLORS)
    found: dict[str, list[D]] = {}
    for one in drawn:
        found.setdefault(one.response, []).append(one)
    return sorted(found.items(), key=lambda item: _place(item[0], order))


def _place(response: str, order: list[str]) -> int:
    color = response_color(response)
    return next(place for place, name in enumerate(order) if RESPONSE_COLORS[name] == color)


def _said(drawn: Drawn, text: str) -> list[str]:
    """Link, who, and what: the link is followed by a click."""
    return [drawn.href, who(drawn), text]


def _said_of_points(thread: Thread) -> list[list[str]]:
    return [_said(thread, f"{point.change_pct:+.1f} % · {point.visit}") for point in thread.points]


def _weeks(points: Iterable[Point]) -> list[float]:
    return [point.weeks for point in points]


def _changes(points: Iterable[Point]) -> list[float]:
    return [point.change_pct for point in points]
