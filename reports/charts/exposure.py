from collections.abc import Mapping

from django.utils.translation import gettext as _

from outcomes.calc.snapshot.safety_summary import Exposure
from reports.charts.style import ACCENT, ACCENT_BAND, INK_2, Figure, axis, layout
from reports.queries.safety import Behind

BIN_PCT = 10


def intensity_figure(exposure: Exposure, names: Mapping[str, str], *, behind: Behind) -> Figure:
    """Relative dose intensity: a box for each treatment, and a point for each patient."""
    shown = [part for part in exposure["treatments"] if part["intensities"]][::-1]
    return {
        "data": [
            {
                "type": "box",
                "orientation": "h",
                "x": part["intensities"],
                "name": names.get(part["treatment"], part["treatment"]),
                "quartilemethod": "linear",
                "boxpoints": "all",
                "pointpos": 0,
                "jitter": 0.5,
                "fillcolor": ACCENT_BAND,
                "line": {"color": ACCENT, "width": 1.5},
                "marker": {"color": ACCENT, "opacity": 0.45, "size": 5},
                "customdata": [[behind(item=part["treatment"], status="intensity")]]
                * len(part["intensities"]),
                "hovertemplate": "%{x:.1f} %<extra>%{y}</extra>",
            }
            for part in shown
        ],
        "layout": layout(
            hovermode="closest",
            margin={"l": 8, "r": 16, "t": 16, "b": 48},
            # xgettext:no-python-format
            xaxis=axis(_("% of the planned dose intensity"), rangemode="tozero"),
            yaxis=axis("", automargin=True, ticks="", showgrid=False),
            shapes=[_whole("x")],
        ),
    }


def compliance_figure(values: list[float], *, href: str) -> Figure:
    """Patients by the share of the due capsules that they took, in steps of ten percent."""
    counts = compliance_bins(values)
    return {
        "data": [
            {
                "type": "bar",
                "x": [label for label, _number in counts],
                "y": [number for _label, number in counts],
                "marker": {"color": ACCENT},
                "customdata": [[href]] * len(counts),
                "hovertemplate": "%{y}<extra>%{x} %</extra>",
            }
        ],
        "layout": layout(
            hovermode="closest",
            bargap=0.12,
            # xgettext:no-python-format
            xaxis=axis(_("% of the capsules due"), type="category", showgrid=False),
            yaxis=axis(_("Patients"), rangemode="tozero"),
        ),
    }


def compliance_bins(values: list[float]) -> list[tuple[str, int]]:
    """`90–<100`, `100` and `>100` apart: the whole dose and too much are results of their own."""
    bins = [
        (f"{low}–<{low + BIN_PCT}", sum(low <= value < low + BIN_PCT for value in values))
        for low in range(0, 100, BIN_PCT)
    ]
    ends = [("100", sum(value == 100 for value in values)), (">100", sum(v > 100 for v in values))]
    first = next((at for at, (_label, number) in enumerate(bins) if number), len(bins) - 1)
    return bins[first:] + ends


def _whole(direction: str) -> Figure:
    other = "y" if direction == "x" else "x"
    return {
        "type": "line",
        f"{direction}0": 100,
        f"{direction}1": 100,
        f"{other}ref": "paper",
        f"{other}0": 0,
        f"{other}1": 1,
        "line": {"color": INK_2, "width": 1, "dash": "dash"},
    }
