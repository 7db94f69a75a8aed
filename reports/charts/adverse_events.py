from django.utils.translation import gettext as _

from outcomes.calc.snapshot.summary import GradedTerm
from reports.charts.style import GRADES, Figure, axis, layout

MOST_TERMS = 12


def adverse_event_figure(terms: list[GradedTerm], *, names: dict[str, str], n: int) -> Figure:
    """Share of patients by worst grade of the most frequent terms; `names` translates terms."""
    shown = terms[:MOST_TERMS][::-1]
    labels = [names.get(term["term"], term["term"]) for term in shown]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "y": labels,
                "x": [round(100 * term["grades"][grade - 1] / n, 1) if n else 0 for term in shown],
                "customdata": [term["grades"][grade - 1] for term in shown],
                "name": _("Grade %(grade)s") % {"grade": grade},
                "marker": {"color": GRADES[grade - 1], "line": {"color": "#fff", "width": 1}},
                "hovertemplate": "%{customdata} (%{x} %)",
            }
            for grade in range(1, 6)
        ],
        "layout": layout(
            barmode="stack",
            showlegend=True,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            hovermode="y unified",
            margin={"l": 8, "r": 16, "t": 40, "b": 48},
            # xgettext:no-python-format
            xaxis=axis(_("% of patients"), rangemode="tozero"),
            yaxis=axis("", automargin=True, ticks="", showgrid=False),
        ),
    }
