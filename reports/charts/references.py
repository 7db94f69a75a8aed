"""The trial's ORR, DCR, PFS and OS above the published results that its definition names."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.charts.style import ACCENT, INK_2, LINE, Figure, axis, layout
from reports.queries.references import Compared, Value

ROW_PX, FRAME_PX = 40, 96
GAP = 0.025
LABEL_LETTERS = 46


@dataclass(frozen=True)
class Panel:
    title: str
    name: str
    unit: str
    top: float | None
    """The end of the axis; none lets the values decide."""


def reference_figure(rows: Sequence[Compared]) -> Figure:
    """One panel for each result side by side; a row for each publication, the trial on top."""
    panels = _panels()
    height = {row.id: len(rows) - place for place, row in enumerate(rows)}
    width = (1 + GAP) / len(panels)
    axes: Figure = {}
    traces, titles = [], []
    for number, panel in enumerate(panels, start=1):
        begin = (number - 1) * width
        end = "" if number == 1 else str(number)
        axes[f"xaxis{end}"] = axis(
            panel.unit,
            domain=[begin, begin + width - GAP],
            range=[0, panel.top or _room(rows, panel.name)],
            gridcolor=LINE,
            nticks=5,
        )
        titles.append(_title(panel.title, begin))
        known = [(row, value) for row in rows for value in row.values.get(panel.name, [])]
        own = [item for item in known if item[0].is_own]
        published = [item for item in known if not item[0].is_own]
        traces += [
            _points(published, height, f"x{end}"),
            _points(own, height, f"x{end}") | {"error_x": _limits([value for _row, value in own])},
        ]
    return {
        "data": traces,
        "layout": layout(
            hovermode="closest",
            height=FRAME_PX + ROW_PX * len(rows),
            margin={"l": 8, "r": 12, "t": 28, "b": 48},
            yaxis=axis(
                "",
                automargin=True,
                range=[0.4, len(rows) + 0.6],
                tickvals=list(height.values()),
                ticktext=[_label(row) for row in rows],
                tickfont={"size": 11},
                ticks="",
                gridcolor=LINE,
            ),
            annotations=titles,
            **axes,
        ),
    }


def _panels() -> list[Panel]:
    return [
        Panel("ORR", "orr", "%", 100),
        Panel("DCR", "dcr", "%", 100),
        Panel(_("Median PFS"), "pfs", _("months"), None),
        Panel(_("Median OS"), "os", _("months"), None),
    ]


def _room(rows: Sequence[Compared], name: str) -> float:
    values = [value for row in rows for value in row.values.get(name, [])]
    return 1.08 * max((value.upper or value.estimate for value in values), default=10)


def _points(known: Sequence[tuple[Compared, Value]], height: dict[str, int], x_axis: str) -> Figure:
    estimates = [value.estimate for _row, value in known]
    return {
        "mode": "markers+text",
        "xaxis": x_axis,
        "x": estimates,
        "y": [height[row.id] for row, _value in known],
        "text": [f"{value.estimate:g}" for _row, value in known],
        "textposition": "top center",
        "textfont": {"size": 11, "color": INK_2},
        "cliponaxis": False,
        "marker": {
            "size": [12 if row.is_own else 9 for row, _value in known],
            "symbol": ["square" if row.is_own else "circle" for row, _value in known],
            "opacity": 1,
            "color": [ACCENT if row.is_own else "#c0722a" for row, _value in known],
        },
        "customdata": [["", row.name, value.text] for row, value in known],
        "hovertemplate": "%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def _limits(values: Sequence[Value]) -> Figure:
    """A limit that cannot be estimated is not drawn."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [(value.upper or value.estimate) - value.estimate for value in values],
        "arrayminus": [
            value.estimate - (value.estimate if value.lower is None else value.lower)
            for value in values
        ],
        "color": ACCENT,
        "thickness": 1.6,
        "width": 4,
    }


def _title(text: str, at: float) -> Figure:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": at,
        "y": 1,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "text": text,
        "font": {"size": 13, "weight": 600},
    }


def _label(row: Compared) -> str:
    regimen = row.regimen
    if len(regimen) > LABEL_LETTERS:
        regimen = f"{regimen[: LABEL_LETTERS - 1].rstrip()}…"
    return f"{row.name}<br>{regimen}"
