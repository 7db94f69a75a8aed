"""What a document is made of, as reportlab's flowables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, LongTable, Paragraph, Table

from core.pdf import text
from core.pdf.frame import (
    ACCENT,
    ACCENT_TINT,
    AMBER,
    AMBER_TINT,
    BRICK,
    BRICK_TINT,
    INK,
    INK_2,
    LINE,
    ROOM,
    SUNK,
)

Tone = Literal["plain", "muted", "strong", "alert", "changed"]
NoteKind = Literal["info", "warning", "alert"]
Command = tuple[object, ...]

PAD = 1.2 * mm
_NOTE_COLORS = {
    "info": (ACCENT, ACCENT_TINT),
    "warning": (AMBER, AMBER_TINT),
    "alert": (BRICK, BRICK_TINT),
}
_TONES: dict[Tone, tuple[Color, bool]] = {
    "plain": (INK, False),
    "muted": (INK_2, False),
    "strong": (INK, True),
    "alert": (BRICK, True),
    "changed": (INK, True),
}


@dataclass(frozen=True)
class Cell:
    """A cell of a table, or the value of a fact, that is more than plain text."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Signature:
    """Who signs; `when` and `meaning` of one that was given, empty lines to sign by hand else."""

    role: str
    name: str = ""
    when: str = ""
    meaning: str = ""


def paragraph(
    words: str,
    *,
    size: float = 9.5,
    color: Color = INK,
    bold: bool = False,
    before: float = 0,
    after: float = 0,
    is_right: bool = False,
) -> Paragraph:
    """Text that breaks between words, or where it is Chinese between letters."""
    style = ParagraphStyle(
        "",
        fontName=text.LATIN_BOLD if bold else text.LATIN,
        fontSize=size,
        leading=size * 1.4,
        textColor=color,
        spaceBefore=before,
        spaceAfter=after,
        alignment=TA_RIGHT if is_right else TA_LEFT,
        wordWrap="CJK" if text.is_chinese(words) else None,
        splitLongWords=1,
        allowWidows=0,
        allowOrphans=0,
    )
    return Paragraph(text.marked(words, bold=bold), style)


def heading(words: str, level: int) -> Paragraph:
    size, before = ((17, 0), (12, 5 * mm), (10, 3 * mm))[level - 1]
    color = ACCENT if level == 2 else INK
    return paragraph(words, size=size, color=color, bold=True, before=before, after=2 * mm)


def note(words: str, kind: NoteKind) -> Flowable:
    ink, tint = _NOTE_COLORS[kind]
    box = Table([[paragraph(words, color=ink)]], colWidths=[ROOM], splitInRow=1)
    box.setStyle(
        [
            ("BACKGROUND", (0, 0), (-1, -1), tint),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, ink),
            ("LEFTPADDING", (0, 0), (-1, -1), 3 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), PAD),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.9 * mm),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
    )
    box.spaceBefore, box.spaceAfter = 2 * mm, 3 * mm
    return box


def facts(pairs: Iterable[tuple[str, str | Cell]], *, columns: int) -> Flowable:
    """Labels with values, read across; an empty value is a dash."""
    known = list(pairs)
    known += [("", "")] * (-len(known) % columns)
    lines = [
        [
            cell
            for label, value in known[at : at + columns]
            for cell in (
                paragraph(label, size=8.5, color=INK_2),
                _cell(value if label else "", blank="–" if label else ""),
            )
        ]
        for at in range(0, len(known), columns)
    ]
    share = ROOM / columns
    label_width = share * (0.4 if columns > 1 else 0.3)
    grid = Table(lines, colWidths=[label_width, share - label_width] * columns, splitInRow=1)
    grid.setStyle([*_ruled(len(lines)), ("LEFTPADDING", (0, 0), (0, -1), 0)])
    grid.spaceAfter = 3 * mm
    return grid


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str | Cell]],
    *,
    widths: Sequence[float] | None,
    numeric: Sequence[int],
) -> Flowable:
    """`widths` are shares of the line; `numeric` are the columns that end at the right."""
    lines = [
        [
            paragraph(label, size=8, color=INK_2, bold=True, is_right=column in numeric)
            for column, label in enumerate(head)
        ]
    ]
    lines += [[_cell(value, is_right=i in numeric) for i, value in enumerate(row)] for row in rows]
    shares = widths or [1] * len(head)
    grid = LongTable(
        lines,
        colWidths=[ROOM * share / sum(shares) for share in shares],
        repeatRows=1,
        splitInRow=1,
    )
    grid.setStyle(
        [
            *_ruled(len(lines)),
            ("BACKGROUND", (0, 0), (-1, 0), SUNK),
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, ACCENT),
        ]
    )
    grid.spaceAfter = 3 * mm
    return grid


def signatures(people: Iterable[Signature]) -> list[Flowable]:
    """One box each, never torn apart by the end of a page."""
    return [_signature(person) for person in people]


def _signature(person: Signature) -> Flowable:
    is_given = bool(person.when)
    name = paragraph(person.name or "\N{NO-BREAK SPACE}", bold=True)
    below = person.meaning if is_given else ""
    lines = [
        [paragraph(person.role, size=8.5, color=INK_2), name, paragraph(person.when, size=9)],
        ["", paragraph(below, size=8.5, color=INK_2), ""],
    ]
    box = Table(lines, colWidths=[ROOM * 0.24, ROOM * 0.38, ROOM * 0.38])
    box.hAlign = "LEFT"
    style: list[Command] = [
        ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, 0), 2 * mm if is_given else 9 * mm),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 1 * mm),
        ("TOPPADDING", (0, 1), (-1, 1), 0.5 * mm),
        ("LINEBELOW", (1, 0), (-1, 0), 0.6, INK_2),
    ]
    box.setStyle(style)
    return box


def _cell(value: str | Cell, *, is_right: bool = False, blank: str = "–") -> Paragraph:
    cell = value if isinstance(value, Cell) else Cell(value)
    color, bold = _TONES[cell.tone]
    words = cell.text.strip() or blank
    return paragraph(words, size=9, color=color, bold=bold, is_right=is_right)


def _ruled(lines: int) -> list[Command]:
    return [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), PAD),
        ("BOTTOMPADDING", (0, 0), (-1, -1), PAD),
        ("LEFTPADDING", (0, 0), (-1, -1), PAD),
        ("RIGHTPADDING", (0, 0), (-1, -1), PAD),
        ("LINEBELOW", (0, 0), (-1, lines - 1), 0.4, LINE),
    ]
