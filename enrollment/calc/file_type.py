"""What a file is, by its first bytes, whatever it is called."""

import re
import unicodedata
from dataclasses import dataclass

START_BYTES = 132
"""How much of a file `type_of` looks at."""
LONGEST_NAME = 120


@dataclass(frozen=True)
class FileType:
    mime: str
    endings: tuple[str, ...]
    """What the name may end with, the usual one first."""


PDF = FileType("application/pdf", ("pdf",))
JPEG = FileType("image/jpeg", ("jpg", "jpeg"))
PNG = FileType("image/png", ("png",))
DICOM = FileType("application/dicom", ("dcm",))
TYPES = (PDF, JPEG, PNG, DICOM)


def type_of(start: bytes) -> FileType | None:
    """None for what is none of `TYPES`. A DICOM file names itself after 128 bytes (PS3.10, 7.1)."""
    if re.match(rb"%PDF-\d\.\d", start):
        return PDF
    if start.startswith(b"\xff\xd8\xff"):
        return JPEG
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return DICOM if start[128:132] == b"DICM" else None


def safe_name(name: str, kind: FileType) -> str:
    """The name without folders, control characters and what a file system or a header could take
    for something else; with an ending that fits what the file is."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    plain = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in plain)
    plain = re.sub(r'[<>:"|?*;%\s]+', " ", plain).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = plain, kind.endings[0]
    return f"{stem[: LONGEST_NAME - 6].strip(' .') or 'file'}.{ending.lower()}"
