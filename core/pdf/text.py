"""Text in two scripts. Each run gets a font that has its letters; none needs a file.

Helvetica and STSong-Light are the reader's own (ISO 32000-1, 9.6.2.2 and 9.7.5.2), Vera is
embedded: it comes with reportlab and has the signs that Helvetica's encoding lacks, such as ≥.
"""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

LATIN, LATIN_BOLD = "Helvetica", "Helvetica-Bold"
SIGNS, SIGNS_BOLD = "Vera", "VeraBd"
CHINESE = "STSong-Light"

UNKNOWN = "\N{WHITE SQUARE}"
"""Stands for a letter that none of the fonts has."""

_RAISED = dict(zip("⁰⁴⁵⁶⁷⁸⁹⁺⁻", "0456789+−", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))


@cache
def register_fonts() -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(CHINESE))
    for name in (SIGNS, SIGNS_BOLD):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))


@cache
def font_of(letter: str, *, bold: bool = False) -> str:
    """The font that shows the letter best; empty when none has it."""
    if _encodes(letter, "cp1252"):
        return LATIN_BOLD if bold else LATIN
    register_fonts()
    if ord(letter) in pdfmetrics.getFont(SIGNS).face.charToGlyph:
        return SIGNS_BOLD if bold else SIGNS
    # The font's collection, Adobe-GB1, covers GBK.
    return CHINESE if _encodes(letter, "gbk") else ""


def is_chinese(text: str) -> bool:
    """Whether lines may break between letters, and not only at spaces."""
    return any(letter >= "\u2e80" for letter in text)


def runs(text: str, *, bold: bool = False) -> Iterator[tuple[str, str]]:
    """Pairs of font and text; a letter that no font has becomes a square."""
    known = (letter if font_of(letter) else UNKNOWN for letter in _printable(text))
    for font, letters in groupby(known, key=lambda letter: font_of(letter, bold=bold)):
        yield font, "".join(letters)


def marked(text: str, *, bold: bool = False) -> str:
    """The text as reportlab's paragraphs read it: escaped, each run in its font."""
    parts: list[str] = []
    groups = groupby(text.strip(), key=lambda letter: letter in _RAISED or letter in _LOWERED)
    for is_shifted, group in groups:
        letters = "".join(group)
        parts += map(_shifted, letters) if is_shifted else _plain(letters, bold=bold)
    return "".join(parts)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """In points, of the text on one line."""
    return sum(
        pdfmetrics.stringWidth(run, font, size) for font, run in runs(_flat(text), bold=bold)
    )


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """As much of the text as fits on one line of `room` points, with an ellipsis where cut."""
    text = _flat(text)
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _plain(text: str, *, bold: bool) -> Iterator[str]:
    for font, run in runs(text, bold=bold):
        yield f'<font name="{font}">{escape(run).replace(chr(10), "<br/>")}</font>'


def _shifted(letter: str) -> str:
    if letter in _RAISED:
        return "".join(["<super>", *_plain(_RAISED[letter], bold=False), "</super>"])
    return f"<sub>{_LOWERED[letter]}</sub>"


def _flat(text: str) -> str:
    """For one line, where nothing can be raised: 10⁹ reads 10^9."""
    for letter, plain in _RAISED.items():
        text = text.replace(letter, "^" + plain)
    for letter, plain in _LOWERED.items():
        text = text.replace(letter, plain)
    return " ".join(text.split())


def _printable(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(letter for letter in text if letter == "\n" or letter >= " ")


@cache
def _encodes(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
