"""A small table as a file to save."""

import csv
from collections.abc import Iterable

from django.http import HttpResponse

from core.calc.spreadsheet import inert


def csv_download(
    filename: str, rows: Iterable[Iterable[object]], *, is_faithful: bool = False
) -> HttpResponse:
    """The first row is the header. No cell is a formula, unless the file is to be read in again."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
    csv.writer(response).writerows(rows if is_faithful else (map(inert, row) for row in rows))
    return response
