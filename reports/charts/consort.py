"""The way of all patients through the trial, after CONSORT.

Source: CONSORT 2010 (Schulz 2010, BMJ 340:c332), the flow diagram: who was assessed, who was left
out and why, who was treated, who left and why, who is analyzed. All arms together.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from reports.charts.style import ACCENT, INK, INK_2, Figure, layout
from reports.queries.flow import FlowBox

LETTERS = 60
MOST_REASONS = 5
LINE_PX, PADDING_PX, GAP_PX = 17, 20, 26
WIDTH = 100
MAIN = (14, 50)
SIDE = (58, 100)


@dataclass
class _Drawing:
    shapes: list[Figure] = field(default_factory=list)
    words: list[Figure] = field(default_factory=list)


def consort_figure(rows: Sequence[tuple[FlowBox, FlowBox | None]]) -> Figure:
    """Rows from top to bottom: a box of those who went on, and beside the arrow who did not."""
    drawing = _Drawing()
    y, before = 0.0, None
    for main, side in rows:
        if side is not None and before is not None:
            # Who left on the way stands beside the arrow to the next box.
            height = _height(side)
            _box(drawing, side, SIDE, y, height)
            _arrow(drawing, (_center(MAIN), y - height / 2), (SIDE[0], y - height / 2))
            y -= height + GAP_PX
        height = _height(main)
        if before is not None:
            _arrow(drawing, (_center(MAIN), before), (_center(MAIN), y))
        _box(drawing, main, MAIN, y, height)
        if main.phase:
            _phase(drawing, main.phase, y - height / 2)
        before = y - height
        y = before - GAP_PX
    depth = -(before or 0.0)
    hidden = {"visible": False, "fixedrange": True}
    return {
        "data": [],
        "layout": layout(
            height=depth + 24,
            margin={"l": 8, "r": 8, "t": 12, "b": 12},
            hovermode=False,
            xaxis=hidden | {"range": [0, WIDTH]},
            yaxis=hidden | {"range": [-depth, 0]},
            shapes=drawing.shapes,
            annotations=drawing.words,
        ),
    }


def _center(box: tuple[int, int]) -> float:
    return (box[0] + box[1]) / 2


def _lines(box: FlowBox) -> list[str]:
    """Below the first one: the reasons, each wrapped."""
    lines: list[str] = []
    for reason, number in box.reasons[:MOST_REASONS]:
        first, *rest = textwrap.wrap(f"{reason} {_n(number)}", LETTERS) or [""]
        lines += [f"– {first}", *(f"   {line}" for line in rest)]
    more = sum(number for _reason, number in box.reasons[MOST_REASONS:])
    if more:
        lines.append("– " + _("other reasons") + f" {_n(more)}")
    return lines


def _n(count: int) -> str:
    """With spaces at which no line ends."""
    return f"(n\u00a0=\u00a0{count})"


def _height(box: FlowBox) -> float:
    return PADDING_PX + LINE_PX * (1 + len(_lines(box)))


def _box(
    drawing: _Drawing, box: FlowBox, place: tuple[int, int], top: float, height: float
) -> None:
    drawing.shapes.append(
        {
            "type": "rect",
            "x0": place[0],
            "x1": place[1],
            "y0": top,
            "y1": top - height,
            "line": {"color": ACCENT if place is MAIN else INK_2, "width": 1.2},
            "fillcolor": "#fff",
        }
    )
    # A policy against inline styles keeps Plotly from bold or linked words within a text. So the
    # first line is a text of its own, and its name is the address that a click opens.
    first = _words(place, top - PADDING_PX / 2, [f"{box.label} {_n(box.count)}"])
    first["font"] = {"size": 13, "color": ACCENT if box.href else INK, "weight": 600}
    if box.href:
        first |= {"name": box.href, "captureevents": True}
    drawing.words.append(first)
    lines = _lines(box)
    if lines:
        drawing.words.append(_words(place, top - PADDING_PX / 2 - LINE_PX, lines))


def _words(place: tuple[int, int], top: float, lines: Sequence[str]) -> Figure:
    return {
        "x": place[0] + 1.2,
        "y": top,
        "xanchor": "left",
        "yanchor": "top",
        "align": "left",
        "showarrow": False,
        "borderpad": 0,
        "text": "<br>".join(lines),
        "font": {"size": 12.5, "color": INK},
    }


def _arrow(drawing: _Drawing, begin: tuple[float, float], end: tuple[float, float]) -> None:
    drawing.words.append(
        {
            "x": end[0],
            "y": end[1],
            "ax": begin[0],
            "ay": begin[1],
            "xref": "x",
            "yref": "y",
            "axref": "x",
            "ayref": "y",
            "text": "",
            "showarrow": True,
            "arrowhead": 2,
            "arrowsize": 1,
            "arrowwidth": 1.2,
            "arrowcolor": INK_2,
        }
    )


def _phase(drawing: _Drawing, text: str, y: float) -> None:
    drawing.words.append(
        {
            "x": 0,
            "y": y,
            "xanchor": "left",
            "yanchor": "middle",
            "showarrow": False,
            "text": text,
            "font": {"size": 12, "color": ACCENT, "weight": 600},
        }
    )
