"""Response rates within subgroups, each with its interval; everybody on top."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.charts.style import ACCENT, INK, INK_2, LINE, TARGET, Figure, axis, layout
from reports.queries.safety import Behind
from reports.queries.subgroups import Subgroup, of_level

ROW_PX, FRAME_PX = 30, 110
LARGEST_BOX_PX, SMALLEST_BOX_PX = 18, 6


def forest_figure(rows: Sequence[Subgroup], *, behind: Behind) -> Figure:
    """Boxes grow with the number of patients: their area, not their side."""
    most = max((row.n for row in rows), default=1)
    known = [(row, row.percent) for row in rows if row.percent is not None]
    height = {row: len(rows) - place for place, row in enumerate(rows)}
    overall = next((row.percent for row in rows if row.is_overall), None)
    return {
        "data": [
            {
                "mode": "markers",
                "x": [percent for _row, percent in known],
                "y": [height[row] for row, _percent in known],
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row.upper - percent for row, percent in known],
                    "arrayminus": [percent - row.lower for row, percent in known],
                    "color": INK_2,
                    "thickness": 1.4,
                    "width": 4,
                },
                "marker": {
                    "symbol": "square",
                    "color": [INK if row.is_overall else ACCENT for row, _percent in known],
                    "opacity": 1,
                    "size": [side_px(row.n, most) for row, _percent in known],
                },
                "customdata": [
                    [behind(**of_level(row.factor, row.level)), row.label, row.text]
                    for row, _percent in known
                ],
                "hovertemplate": "%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
            }
        ],
        "layout": layout(
            hovermode="closest",
            height=FRAME_PX + ROW_PX * len(rows),
            margin={"l": 8, "r": 210, "t": 28, "b": 48},
            # xgettext:no-python-format
            xaxis=axis(_("ORR, %"), range=[0, 100], dtick=20, gridcolor=LINE),
            yaxis=axis(
                "",
                automargin=True,
                range=[0.4, len(rows) + 0.6],
                tickvals=list(height.values()),
                ticktext=[row.label for row in height],
                ticks="",
                showgrid=False,
            ),
            shapes=[_overall_line(overall)] if overall is not None else [],
            annotations=[
                beside(None, _("n / N"), shift_px=14),
                beside(None, _("ORR (CI)"), shift_px=84),
                *(_count(height[row], row, behind) for row in rows),
                *(beside(height[row], row.text, shift_px=84) for row in rows),
            ],
        ),
    }


def _count(y: float, row: Subgroup, behind: Behind) -> Figure:
    """Responders and patients; a click opens the patients."""
    words = beside(y, f"{row.responders} / {row.n}", shift_px=14)
    if not row.n:
        return words
    return words | {"name": behind(**of_level(row.factor, row.level)), "captureevents": True}


def side_px(n: int, most: int) -> float:
    return round(max(SMALLEST_BOX_PX, LARGEST_BOX_PX * float(n / most) ** 0.5), 1)


def _overall_line(percent: float) -> Figure:
    return {
        "type": "line",
        "yref": "paper",
        "x0": percent,
        "x1": percent,
        "y0": 0,
        "y1": 1,
        "line": {"color": TARGET, "width": 1, "dash": "dot"},
    }


def beside(y: float | None, text: str, *, shift_px: int) -> Figure:
    """A cell of the table to the right of the drawing; none is the height of its header."""
    is_header = y is None
    return {
        "xref": "paper",
        "x": 1,
        "xshift": shift_px,
        "y": 1 if is_header else y,
        "yref": "paper" if is_header else "y",
        "xanchor": "left",
        "yanchor": "bottom" if is_header else "middle",
        "align": "left",
        "showarrow": False,
        "text": text,
        "font": {"size": 12, "color": INK, "weight": 600 if is_header else 400},
    }
