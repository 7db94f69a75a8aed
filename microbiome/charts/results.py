"""Alpha diversity by visit and the ordination, as Plotly figures; colors come from charts.js."""

from collections import defaultdict
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from microbiome.queries.results import Point, visits_in_order

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "x", "hexagon")
COLORS = ("#0b5d63", "#c0722a", "#5a6fb0", "#8a8f3c", "#8c4f7d", "#5d6b6c", "#a33822", "#2b6ca8")
"""Told apart without red and green; each visit has a symbol, too."""


def alpha_figure(points: list[Point], index: str, title: str) -> dict[str, Any]:
    """A thin line for each patient over the visits, and the median of each visit."""
    visits = visits_in_order(points)
    by_patient: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        if point.visit and point.alpha[index] is not None and point.tube.patient_id:
            by_patient[point.tube.patient_id].append(point)
    lines = [
        {
            "x": [point.visit for point in each],
            "y": [point.alpha[index] for point in each],
            "customdata": [[_address(point), _name(point)] for point in each],
            "mode": "lines+markers",
            "line": {"color": "#7f8b89", "width": 0.8},
            "marker": {"color": "#0b5d63", "size": 5, "opacity": 0.75},
            "hovertemplate": "%{customdata[1]}, %{x}: %{y:.4g}<extra></extra>",
            "showlegend": False,
        }
        for each in by_patient.values()
    ]
    medians = [(visit, _median(points, visit, index)) for visit in visits]
    shown = [(visit, value) for visit, value in medians if value is not None]
    lines.append(
        {
            "x": [visit for visit, _value in shown],
            "y": [value for _visit, value in shown],
            "mode": "markers",
            "marker": {
                "symbol": "line-ew-open",
                "size": 30,
                "line": {"width": 3, "color": "#a33822"},
            },
            "name": _("median"),
            "hovertemplate": _("median") + ", %{x}: %{y:.4g}<extra></extra>",
        }
    )
    return {
        "data": lines,
        "layout": {
            "xaxis": {"type": "category", "categoryorder": "array", "categoryarray": visits},
            "yaxis": {"title": {"text": title}, "rangemode": "tozero"},
            "hovermode": "closest",
        },
    }


def ordination_figure(points: list[Point], shares: list[float]) -> dict[str, Any]:
    """The first two axes; color and symbol are the visit, a line joins a patient's samples."""
    by_patient: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        if point.tube.patient_id:
            by_patient[point.tube.patient_id].append(point)
    data: list[dict[str, Any]] = [
        {
            "x": [_score(point, 0) for point in each],
            "y": [_score(point, 1) for point in each],
            "mode": "lines",
            "line": {"color": "#b9bdb9", "width": 0.8},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for each in by_patient.values()
        if len(each) > 1
    ]
    groups = [*visits_in_order(points), ""]
    for place, visit in enumerate(groups):
        here = [point for point in points if point.visit == visit]
        if not here:
            continue
        data.append(
            {
                "x": [_score(point, 0) for point in here],
                "y": [_score(point, 1) for point in here],
                "customdata": [[_address(point), _name(point)] for point in here],
                "mode": "markers",
                "marker": {
                    "color": COLORS[place % len(COLORS)] if visit else "#1b2a2c",
                    "symbol": SYMBOLS[place % len(SYMBOLS)] if visit else "asterisk-open",
                    "size": 8,
                },
                "name": visit or _("control"),
                "hovertemplate": "%{customdata[1]}, " + (visit or _("control")) + "<extra></extra>",
            }
        )
    titles = [
        _("Axis %(number)s (%(share)s %% of the positive sum)")
        % {"number": number, "share": f"{100 * share:.1f}"}
        for number, share in enumerate(shares[:2], start=1)
    ]
    return {
        "data": data,
        "layout": {
            "xaxis": {
                "title": {"text": titles[0] if titles else ""},
                "zeroline": True,
                "constrain": "domain",
            },
            "yaxis": {
                "title": {"text": titles[1] if len(titles) > 1 else ""},
                "zeroline": True,
                "scaleanchor": "x",
            },
            "hovermode": "closest",
        },
    }


def _score(point: Point, axis: int) -> float:
    return point.scores[axis] if axis < len(point.scores) else 0.0


def _median(points: list[Point], visit: str, index: str) -> float | None:
    found = sorted(
        value
        for point in points
        if point.visit == visit and (value := point.alpha[index]) is not None
    )
    if not found:
        return None
    middle = len(found) // 2
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def _name(point: Point) -> str:
    return str(point.patient) if point.patient else point.sample


def _address(point: Point) -> str:
    """A click leads from the point to its tube, where the person may see it."""
    seen = point.patient is not None
    return reverse("microbiome:specimen-detail", args=[point.tube.pk]) if seen else ""
