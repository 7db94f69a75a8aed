"""Colors and axes that all figures share; the values are those of static/css/tokens.css."""

from typing import Any

Figure = dict[str, Any]

INK, INK_2, LINE = "#1b2a2c", "#465658", "#dcd8ce"
ACCENT, ACCENT_BAND = "#0b5d63", "rgba(11, 93, 99, 0.14)"
TARGET = "#a33822"
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
