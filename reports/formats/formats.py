"""Which formats there are, and the one function that writes any of them."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from core.lazy import load
from reports.formats.contents import Contents


class Format(StrEnum):
    CSV = "csv"
    SPREADSHEET = "spreadsheet"
    PARQUET = "parquet"
    XPT = "xpt"
    SAV = "sav"
    DTA = "dta"
    DATASET_JSON = "dataset-json"


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
