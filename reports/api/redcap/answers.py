"""Answers in CSV and JSON, errors in XML as well, each in the shape that REDCap gives them."""

import csv
import io
import json
from collections.abc import Generator, Iterable
from itertools import islice
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse

from reports.api.redcap.call import Call

Cell = str | int | dict[str, int]
"""A dictionary is for JSON only."""
Row = list[Cell]
LINES_PER_CHUNK = 100
_CSV, _JSON = "text/csv; charset=utf-8", "application/json; charset=utf-8"


def rows_answer(
    call: Call, names: list[str], rows: Iterable[Row], *, headers: list[str] | None = None
) -> HttpResponseBase:
    """Streamed. `headers` are the names that CSV shows, where they are others."""
    if call.format == "csv":
        chunks = _csv_chunks(headers or names, rows, call.delimiter)
        return StreamingHttpResponse(chunks, content_type=_CSV)
    return StreamingHttpResponse(_json_chunks(names, rows), content_type=_JSON)


def object_answer(call: Call, values: dict[str, Cell]) -> HttpResponseBase:
    """One object in JSON, one line in CSV."""
    if call.format == "csv":
        return rows_answer(call, list(values), [list(values.values())])
    return JsonResponse(values, json_dumps_params={"ensure_ascii": False})


def error_answer(sentence: str, status: int, written: str) -> HttpResponse:
    if written == "json":
        return JsonResponse(
            {"error": sentence}, status=status, json_dumps_params={"ensure_ascii": False}
        )
    if written == "csv":
        return HttpResponse(f"ERROR: {sentence}", status=status, content_type=_CSV)
    text = f'<?xml version="1.0" encoding="UTF-8" ?><hash><error>{escape(sentence)}</error></hash>'
    return HttpResponse(text, status=status, content_type="text/xml; charset=utf-8")


def _csv_chunks(
    header: list[str], rows: Iterable[Row], delimiter: str
) -> Generator[str, None, None]:
    waiting = iter(rows)
    try:
        yield _lines([list(header)], delimiter)
        while chunk := list(islice(waiting, LINES_PER_CHUNK)):
            yield _lines(chunk, delimiter)
    finally:
        _close(waiting)


def _lines(rows: Iterable[Row], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows(rows)
    return text.getvalue()


def _json_chunks(names: list[str], rows: Iterable[Row]) -> Generator[str, None, None]:
    waiting, before = iter(rows), "["
    try:
        while chunk := list(islice(waiting, LINES_PER_CHUNK)):
            written = [_in_json(dict(zip(names, row, strict=True))) for row in chunk]
            yield before + ",".join(written)
            before = ","
        yield "[]" if before == "[" else "]"
    finally:
        _close(waiting)


def _in_json(values: dict[str, Cell]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _close(rows: Any) -> None:
    """Ends the query behind the rows when the client has gone away."""
    if hasattr(rows, "close"):
        rows.close()
