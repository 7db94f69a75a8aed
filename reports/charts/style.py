"""Colors and axes that all figures share; the values are those of static/css/tokens.css."""

from dataclasses import dataclass
from typing import Any

Figure = dict[str, Any]

INK, INK_2, LINE = "#1b2a2c", "#465658", "#dcd8ce"
ACCENT, ACCENT_BAND = "#0b5d63", "rgba(11, 93, 99, 0.14)"
TARGET = "#a33822"


@dataclass(frozen=True)
class ArmColor:
    color: str
    band: str
    """Of the interval."""


ARMS = (
    ArmColor(ACCENT, ACCENT_BAND),
    ArmColor("#b0611c", "rgba(176, 97, 28, 0.14)"),
    ArmColor("#5a6fb0", "rgba(90, 111, 176, 0.14)"),
    ArmColor("#8c4f7d", "rgba(140, 79, 125, 0.14)"),
)
# Grades 1 to 5, from light to dark: they differ in lightness, so gray print keeps their order.
GRADES = ("#dfe8e4", "#a9cfc8", "#f0b95b", "#c5562f", "#6b1a12")


def layout(**more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "font": {"family": "inherit", "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 64, "r": 16, "t": 16, "b": 48},
        "hovermode": "x unified",
        "showlegend": False,
    }
    return base | more


def axis(title: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "title": {"text": title, "font": {"color": INK_2, "size": 13}},
        "gridcolor": LINE,
        "linecolor": INK_2,
        "ticks": "outside",
        "tickcolor": INK_2,
        "zeroline": False,
    }
    return base | more


RESPONSE_COLORS = {
    "CR": "#08474c",
    "PR": "#3f9a93",
    "SD": "#e3c35a",
    "NON-CR/NON-PD": "#b9a98a",
    "PD": "#c5562f",
    "NE": "#a9b1b0",
    "MISSING": "#a9b1b0",
}
"""Best responses, from dark to light and to red; what is not known is gray."""
_IMMUNE = {"iCR": "CR", "iPR": "PR", "iSD": "SD", "NON-iCR/NON-iUPD": "NON-CR/NON-PD",
           "iUPD": "PD", "iCPD": "PD"}  # fmt: skip


def response_color(response: str) -> str:
    return RESPONSE_COLORS.get(_IMMUNE.get(response, response), RESPONSE_COLORS["NE"])


def level_line(
    value: float, *, label: str, at_end: bool = True, color: str = INK_2
) -> tuple[Figure, Figure]:
    """A dashed line across the figure at a height, and the words at its right or left end."""
    line: Figure = {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": color, "width": 1, "dash": "dash"},
    }
    words: Figure = {
        "xref": "paper",
        "x": 1 if at_end else 0,
        "y": value,
        "xanchor": "right" if at_end else "left",
        "yanchor": "bottom" if at_end else "top",
        "showarrow": False,
        "text": label,
        "font": {"color": color, "size": 12},
    }
    return line, words


def legend_above(**more: Any) -> dict[str, Any]:
    return {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"} | more
