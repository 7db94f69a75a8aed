"""Writes a table in any format but ODM-XML, which is one file of all tables."""

from collections.abc import Callable
from datetime import datetime

from core.lazy import load
from reports.formats.contents import Contents
from reports.models import TableExport

Format = TableExport.Form

FILES_OF: dict[Format, str] = {
    Format.CSV: ".csv",
    Format.SPREADSHEET: ".spreadsheet.csv",
    Format.PARQUET: ".parquet",
    Format.XPT: ".xpt",
    Format.SAV: ".sav",
    Format.DTA: ".dta",
    Format.DATASET_JSON: ".json",
}
"""What the name of a file ends with."""

_WRITERS: dict[Format, str] = {
    Format.SPREADSHEET: "reports.formats.spreadsheet",
    Format.PARQUET: "reports.formats.parquet",
    Format.XPT: "reports.formats.xpt",
    Format.SAV: "reports.formats.spss",
    Format.DTA: "reports.formats.stata",
    Format.DATASET_JSON: "reports.formats.dataset_json",
}


def write(contents: Contents, form: Format, *, at: datetime) -> bytes:
    """The file. Its bytes depend on the contents and on `at`, the time that it names as its own."""
    if form is Format.CSV:
        return contents.text.encode()
    writer: Callable[..., bytes] = load(_WRITERS[form]).write
    return writer(contents, at=at)
