"""What stands on every page: whose document it is, and who printed it when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from core.calc.moments import offset_text
from core.pdf import text

INK, INK_2, LINE = HexColor("#1b2a2c"), HexColor("#5d6b6c"), HexColor("#c9c4b8")
SUNK, ACCENT = HexColor("#f3f1eb"), HexColor("#0b5d63")
BRICK, BRICK_TINT = HexColor("#932f1b"), HexColor("#fbeae6")
AMBER, AMBER_TINT = HexColor("#5c4100"), HexColor("#fbf0d3")
ACCENT_TINT = HexColor("#e2eeec")

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 18 * mm
TOP, BOTTOM = 25 * mm, 20 * mm
ROOM = PAGE_WIDTH - 2 * MARGIN
"""Width of the text in points."""


@dataclass(frozen=True)
class Frame:
    """`printed_at` carries the zone in which it is shown; it also dates the file."""

    trial: str
    title: str
    printed_at: datetime
    printed_by: str
    patient: str = ""
    version: str = ""
    """What the document shows: a data cut, or the version of a report."""
    mark: str = ""
    """A word in a box beside the title, such as DRAFT."""
    language: str = "en"


def moment(at: datetime, *, seconds: bool = False) -> str:
    """`2026-11-21 16:05 (UTC+08:00)`, in the zone that the time carries."""
    shown = f"{at:%Y-%m-%d %H:%M:%S}" if seconds else f"{at:%Y-%m-%d %H:%M}"
    return f"{shown} (UTC{offset_text(at)})"


def draw(canvas: Canvas, frame: Frame) -> None:
    """Head and foot of the page that the canvas is on."""
    canvas.saveState()
    _head(canvas, frame)
    _foot(canvas, frame)
    canvas.restoreState()


def numbered(frame: Frame) -> type[Canvas]:
    """A canvas that writes "page x of y" when y is known, and dates the file as told."""

    class Numbered(Canvas):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options | {"invariant": 1, "lang": frame.language})
            _date(self, frame.printed_at)

        def save(self) -> None:
            if self._code:
                self.showPage()
            count = self.getPageNumber() - 1
            for number in range(1, count + 1):
                self.beginForm(_folio(number))
                label = _("Page %(number)s of %(count)s") % {"number": number, "count": count}
                _line(self, PAGE_WIDTH - MARGIN, BOTTOM - 8 * mm, label, 8, is_right=True)
                self.endForm()
            super().save()

    return Numbered


def _date(canvas: Canvas, at: datetime) -> None:
    """In place of the fixed date of an invariant file: the same document has the same bytes."""
    stamp, day = canvas._doc._timeStamp, at.astimezone(UTC)
    stamp.YMDhms = (day.year, day.month, day.day, day.hour, day.minute, day.second)


def _folio(number: int) -> str:
    return f"folio-{number}"


def _head(canvas: Canvas, frame: Frame) -> None:
    canvas.setFillColor(ACCENT)
    canvas.rect(0, PAGE_HEIGHT - 4 * mm, PAGE_WIDTH, 4 * mm, stroke=0, fill=1)
    y = PAGE_HEIGHT - 15 * mm
    left = MARGIN
    if frame.patient:
        left += _line(canvas, left, y, frame.patient, 11, bold=True, color=INK) + 4 * mm
    _line(canvas, left, y, text.shortened(frame.trial, 9, ROOM * 0.55), 9)
    right = PAGE_WIDTH - MARGIN
    if frame.mark:
        right -= _boxed(canvas, right, y, frame.mark) + 3 * mm
    _line(canvas, right, y, text.shortened(frame.title, 9, ROOM * 0.4), 9, is_right=True)
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, y - 3 * mm, PAGE_WIDTH - MARGIN, y - 3 * mm)


def _foot(canvas: Canvas, frame: Frame) -> None:
    y = BOTTOM - 8 * mm
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.6)
    canvas.line(MARGIN, y + 4.5 * mm, PAGE_WIDTH - MARGIN, y + 4.5 * mm)
    printed = _("Printed %(when)s by %(who)s") % {
        "when": moment(frame.printed_at),
        "who": frame.printed_by,
    }
    _line(canvas, MARGIN, y, text.shortened(printed, 8, ROOM * 0.75), 8)
    if frame.version:
        _line(canvas, MARGIN, y - 3.6 * mm, text.shortened(frame.version, 8, ROOM * 0.75), 8)
    canvas.doForm(_folio(canvas.getPageNumber()))


def _boxed(canvas: Canvas, right: float, y: float, label: str) -> float:
    """Draws a label in a box that ends at `right`, and returns the width of the box."""
    wide = text.width(label, 8, bold=True) + 4 * mm
    canvas.setFillColor(BRICK_TINT)
    canvas.setStrokeColor(BRICK)
    canvas.setLineWidth(0.8)
    canvas.roundRect(right - wide, y - 1.6 * mm, wide, 5.4 * mm, 1, stroke=1, fill=1)
    _line(canvas, right - wide + 2 * mm, y, label, 8, bold=True, color=BRICK)
    return wide


def _line(
    canvas: Canvas,
    x: float,
    y: float,
    words: str,
    size: float,
    *,
    bold: bool = False,
    is_right: bool = False,
    color: HexColor = INK_2,
) -> float:
    """Draws one line from x, or up to x, and returns its width."""
    flat = text.shortened(words, size, ROOM, bold=bold)
    wide = text.width(flat, size, bold=bold)
    canvas.setFillColor(color)
    draw_text: Callable[..., None] = canvas.drawString
    at = x - wide if is_right else x
    for font, run in text.runs(flat, bold=bold):
        canvas.setFont(font, size)
        draw_text(at, y, run)
        at += canvas.stringWidth(run, font, size)
    return wide
