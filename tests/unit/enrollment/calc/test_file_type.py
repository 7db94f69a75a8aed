import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.calc.file_type import DICOM, JPEG, LONGEST_NAME, PDF, PNG, safe_name, type_of


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG),
        (b"\x89PNG\r\n\x1a\n\x00", PNG),
        (bytes(128) + b"DICM", DICOM),
        (b"", None),
        (b"<html><script>", None),
        (b" %PDF-1.7", None),
        (b"%PDF-x", None),
        (b"MZ\x90\x00", None),
        (b"PK\x03\x04", None),
        (bytes(127) + b"DICM", None),
        (b"\x89PNG\n\x1a\n", None),
    ],
)
def test_type_is_told_by_the_first_bytes(start, kind):
    assert type_of(start) is kind


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Report.PDF", "Report.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\scans\\liver.pdf", "liver.pdf"),
        ("page.html", "page.html.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ('"><script>.pdf', "script.pdf"),
        ("肝脏超声.pdf", "肝脏超声.pdf"),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
    ],
)
def test_name_is_made_harmless(name, safe):
    assert safe_name(name, PDF) == safe


@given(st.text(max_size=300))
def test_any_name_is_short_printable_and_ends_as_the_type_does(name):
    safe = safe_name(name, JPEG)
    assert len(safe) <= LONGEST_NAME
    assert safe.isprintable()
    assert safe.endswith((".jpg", ".jpeg"))
    assert not set(safe) & set('/\\"<>:;%')
    assert safe_name(safe, JPEG) == safe
