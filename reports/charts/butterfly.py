from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.charts.style import GRADES, INK, Figure, axis, layout
from reports.queries.safety import Behind, severe_of

MOST_TERMS = 20
Term = tuple[str, list[int], list[int], tuple[Behind, ...]]
"""A name, people by worst grade on the left and on the right, and for both sides who they are."""
_PARTS = (("mild", GRADES[1], "1-2"), ("severe", GRADES[3], "3-5"))


def butterfly_figure(
    terms: Sequence[Term], *, n: tuple[int, int], sides: tuple[str, str]
) -> Figure:
    """Two halves that share the terms, each stacked from the middle: grade 1–2, then 3–5.

    `terms`: most frequent first. `n`: the people of each half, `sides` what it counts.
    """
    shown = terms[:MOST_TERMS][::-1]
    names = {"mild": _("Grade 1–2"), "severe": _("Grade 3–5")}
    data = []
    for side, sign in (1, -1), (2, 1):
        for part, color, grades in _PARTS:
            people = n[side - 1]
            counts = [_people(_half(term, side), part) for term in shown]
            data.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": [term[0] for term in shown],
                    "x": [sign * _percent(count, people) for count in counts],
                    "customdata": [
                        [
                            term[3][side - 1](grade=grades),
                            f"{count} ({_percent(count, people):.1f} %)",
                        ]
                        for term, count in zip(shown, counts, strict=True)
                    ],
                    "name": names[part],
                    "legendgroup": part,
                    "showlegend": side == 1,
                    "marker": {"color": color, "line": {"color": "#fff", "width": 1}},
                    "hovertemplate": f"{sides[side - 1]}, {names[part]}: %{{customdata[1]}}"
                    "<extra></extra>",
                }
            )
    widest = max(
        (_percent(sum(_half(term, side)), n[side - 1]) for term in shown for side in (1, 2)),
        default=0.0,
    )
    reach = _up_to_tens(widest)
    ticks = list(range(0, reach + 1, 10 if reach <= 40 else 20))
    return {
        "data": data,
        "layout": layout(
            barmode="relative",
            bargap=0.28,
            showlegend=True,
            legend={
                "orientation": "h",
                "x": 1,
                "xanchor": "right",
                # In the corner that the sorted bars leave free.
                "y": 0.02,
                "yanchor": "bottom",
            },
            hovermode="closest",
            margin={"l": 8, "r": 16, "t": 32, "b": 56},
            xaxis=axis(
                # xgettext:no-python-format
                _("% of patients"),
                range=[-reach, reach],
                tickvals=[-tick for tick in reversed(ticks[1:])] + ticks,
                ticktext=[str(tick) for tick in [*reversed(ticks[1:]), *ticks]],
            ),
            yaxis=axis("", automargin=True, ticks="", showgrid=False, dtick=1),
            shapes=[
                {
                    "type": "line",
                    "x0": 0,
                    "x1": 0,
                    "yref": "paper",
                    "y0": 0,
                    "y1": 1,
                    "line": {"color": INK, "width": 1},
                },
            ],
            annotations=[_heading(sides[0], 0.25), _heading(sides[1], 0.75)],
        ),
    }


def _half(term: Term, side: int) -> list[int]:
    return term[1] if side == 1 else term[2]


def _people(grades: list[int], part: str) -> int:
    return severe_of(grades) if part == "severe" else sum(grades) - severe_of(grades)


def _percent(count: int, n: int) -> float:
    return round(100 * count / n, 2) if n else 0.0


def _up_to_tens(percent: float) -> int:
    """The next ten above, so that the widest bar ends inside."""
    return min(100, 10 * (int(percent // 10) + 1))


def _heading(text: str, x: float) -> Figure:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": 1,
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "text": text,
        "font": {"color": INK, "size": 14},
    }
