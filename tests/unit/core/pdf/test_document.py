"""Reads the made files back with pypdf, a library that had no part in making them."""

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO

import pytest
from pypdf import PdfReader

from core.pdf import Cell, Document, Frame, Signature, moment

SHANGHAI = timezone(timedelta(hours=8))
PRINTED_AT = datetime(2026, 11, 21, 16, 5, tzinfo=SHANGHAI)


def frame(**changes):
    usual = {
        "trial": "Liver cancer, single arm",
        "title": "Serious adverse event",
        "printed_at": PRINTED_AT,
        "printed_by": "Li Wei",
        "patient": "H-01-003",
        "version": "Follow-up 1",
    }
    return Frame(**usual | changes)


def read(document):
    return PdfReader(BytesIO(document.render()))


def words(page):
    """The text of a page; where its lines broke is not the question."""
    return "".join(page.extract_text().split())


def test_render_empty_document_has_one_framed_page():
    document = Document(frame())
    document.paragraph("Nothing to report.")

    (page,) = read(document).pages

    for part in (
        "Liver cancer, single arm",
        "H-01-003",
        "Serious adverse event",
        "Printed 2026-11-21 16:05 (UTC+08:00) by Li Wei",
        "Follow-up 1",
        "Page 1 of 1",
        "Nothing to report.",
    ):
        assert part.replace(" ", "") in words(page)


def test_render_long_table_repeats_its_head_and_counts_pages():
    document = Document(frame())
    document.table(["Drug", "Count"], [["Lenvatinib", str(i)] for i in range(150)], numeric=[1])

    pages = read(document).pages

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert f"Page{number}of{len(pages)}" in words(page)
        assert "DrugCount" in words(page)


def test_render_same_parts_twice_makes_the_same_bytes():
    def make():
        document = Document(frame(trial="肝癌 ≥ 1"))
        document.title("Report 报告")
        document.facts([("a", "1"), ("b", Cell("2", "alert"))])
        return document.render()

    assert make() == make()


def test_render_another_time_dates_the_file():
    document = Document(frame(printed_at=datetime(2026, 3, 1, 7, 8, 9, tzinfo=UTC)))
    document.paragraph("x")

    assert read(document).metadata.creation_date == datetime(2026, 3, 1, 7, 8, 9, tzinfo=UTC)


def test_render_zone_west_of_greenwich_dates_the_file():
    zone = timezone(-timedelta(hours=3, minutes=30))
    document = Document(frame(printed_at=datetime(2026, 3, 1, 7, 8, 9, tzinfo=zone)))
    document.paragraph("x")

    found = read(document).metadata.creation_date
    assert found == datetime(2026, 3, 1, 10, 38, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Grade ≥ 3, ALT × 5, 12 µmol/L, ≤ 2",
        "患者于入院后第三天出现发热，体温39.5℃，予以补液。",
        "<b>not bold</b> & so on",
        "仑伐替尼 lenvatinib 12 mg",
    ],
)
def test_render_text_reads_back_as_written(text):
    document = Document(frame())
    document.paragraph(text)

    assert text.replace(" ", "") in words(read(document).pages[0])


def test_render_letter_that_no_font_has_becomes_a_square():
    document = Document(frame())
    document.paragraph("a😀b")

    assert "a□b" in words(read(document).pages[0])


def test_render_raised_digits_stay_readable_and_in_order():
    document = Document(frame())
    document.paragraph("10⁹/L")

    assert "109/L" in words(read(document).pages[0])


def test_render_cell_longer_than_a_page_goes_on_on_the_next():
    document = Document(frame())
    document.table(["No.", "Narrative"], [["1", "word " * 3000 + "end"]])
    document.facts([("Narrative", "word " * 3000 + "stop")], columns=1)

    pages = read(document).pages

    assert len(pages) > 3
    assert any("wordend" in words(page) for page in pages)
    assert "wordstop" in words(pages[-1])


def test_render_signature_given_and_to_be_given():
    document = Document(frame())
    document.signatures(
        [
            Signature("Investigator", "Dr. Chen", "2026-11-21 16:05", "I have read this"),
            Signature("Sponsor"),
        ]
    )

    found = words(read(document).pages[0])
    for part in ("Investigator", "Dr.Chen", "2026-11-2116:05", "Ihavereadthis", "Sponsor"):
        assert part in found


def test_render_headings_make_the_outline():
    document = Document(frame())
    document.title("Casebook")
    document.heading("Visit 1")
    document.heading("Vital signs", level=3)
    document.heading("Visit 2")

    top, below = read(document).outline

    assert top.title == "Casebook"
    assert [getattr(item, "title", None) for item in below] == ["Visit 1", None, "Visit 2"]
    assert below[1][0].title == "Vital signs"


def test_render_deep_heading_first_is_no_error():
    document = Document(frame())
    document.heading("Vital signs", level=3)

    assert read(document).outline[0].title == "Vital signs"


def test_table_without_rows_says_so():
    document = Document(frame())
    document.table(["A"], [], empty="No queries.")
    document.facts([])

    assert "Noqueries." in words(read(document).pages[0])


def test_render_mark_and_notes_are_on_the_page():
    document = Document(frame(mark="DRAFT"))
    document.note("The clock ran out.", kind="alert")

    found = words(read(document).pages[0])
    assert "DRAFT" in found
    assert "Theclockranout." in found


def test_frame_longer_than_the_line_is_shortened():
    document = Document(frame(trial="A very long name of a trial " * 9, version="v" * 900))
    document.paragraph("x")

    found = read(document).pages[0].extract_text()
    assert "…" in found
    assert "v" * 300 not in found


def test_render_names_its_language():
    document = Document(frame(language="zh-hans"))
    document.paragraph("x")

    assert read(document).trailer["/Root"]["/Lang"] == "zh-hans"


def test_moment_names_the_offset():
    assert moment(PRINTED_AT) == "2026-11-21 16:05 (UTC+08:00)"
    assert moment(PRINTED_AT, seconds=True) == "2026-11-21 16:05:00 (UTC+08:00)"
