"""A document under one page frame. Parts come in order; `render` makes the file."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Frame as Area

from core.pdf import frame as page
from core.pdf import parts, text
from core.pdf.frame import BOTTOM, MARGIN, PAGE_HEIGHT, ROOM, TOP, Frame


class Document:
    """Texts come translated. The same parts under the same frame make the same bytes."""

    def __init__(self, frame: Frame) -> None:
        text.register_fonts()
        self.frame = frame
        self._flow: list[Flowable] = []

    def title(self, words: str, *, lead: str = "") -> None:
        """The large title on the page, with a line below it."""
        self.heading(words, level=1)
        if lead:
            self.paragraph(lead, is_muted=True)
            self._flow.append(Spacer(0, 2 * mm))

    def heading(self, words: str, *, level: int = 2) -> None:
        """Levels 1 to 3; all of them stand in the outline that readers show beside the pages."""
        flowable = parts.heading(words, level)
        flowable.outlined = (words, level - 1)
        if level > 1:
            self._flow.append(CondPageBreak(30 * mm))
        self._flow.append(flowable)

    def paragraph(self, words: str, *, is_muted: bool = False) -> None:
        """A line break in the text is one on the page."""
        color = page.INK_2 if is_muted else page.INK
        self._flow.append(parts.paragraph(words, color=color, after=2 * mm))

    def note(self, words: str, *, kind: parts.NoteKind = "info") -> None:
        self._flow.append(parts.note(words, kind))

    def facts(self, pairs: Iterable[tuple[str, str | parts.Cell]], *, columns: int = 2) -> None:
        """Labels with values; with one column the values have room for sentences."""
        known = list(pairs)
        if known:
            self._flow.append(parts.facts(known, columns=columns))

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[str | parts.Cell]],
        *,
        widths: Sequence[float] | None = None,
        numeric: Sequence[int] = (),
        empty: str = "",
    ) -> None:
        """The head repeats on each page. `empty` is the sentence in place of no rows."""
        known = list(rows)
        if known:
            self._flow.append(parts.table(head, known, widths=widths, numeric=numeric))
        elif empty:
            self.paragraph(empty, is_muted=True)

    def signatures(self, people: Iterable[parts.Signature]) -> None:
        self._flow.append(KeepTogether(parts.signatures(people)))

    def page_break(self) -> None:
        self._flow.append(PageBreak())

    def render(self) -> bytes:
        """The file. A document is rendered once: reportlab uses its parts up."""
        target = BytesIO()
        template = _Template(target, self.frame)
        template.build(self._flow, canvasmaker=page.numbered(self.frame))
        return target.getvalue()


class _Template(BaseDocTemplate):
    def __init__(self, target: BytesIO, frame: Frame) -> None:
        names = (frame.trial, frame.patient, frame.title)
        super().__init__(
            target,
            pagesize=A4,
            title=" · ".join(name for name in names if name),
            author=frame.printed_by,
            subject=frame.version,
            creator="trialsite",
        )
        area = Area(
            MARGIN,
            BOTTOM,
            ROOM,
            PAGE_HEIGHT - TOP - BOTTOM,
            leftPadding=0,
            rightPadding=0,
            topPadding=0,
            bottomPadding=0,
        )
        self.frame_of_pages = frame
        self.headings, self.deepest = 0, -1
        self.addPageTemplates(PageTemplate(frames=[area], onPage=self._draw_frame))

    def _draw_frame(self, canvas: Canvas, _template: Any) -> None:
        canvas.setViewerPreference("DisplayDocTitle", "true")
        page.draw(canvas, self.frame_of_pages)

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802
        outlined = getattr(flowable, "outlined", None)
        if outlined is None:
            return
        words, level = outlined
        self.headings += 1
        key = f"heading-{self.headings}"
        self.canv.bookmarkPage(key)
        # A level can be entered only from the one above it.
        self.deepest = min(level, self.deepest + 1)
        self.canv.addOutlineEntry(words, key, level=self.deepest)
