"""CSV as an answer."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from reports.actions.exports import CsvExport


class AddressDecides(BaseContentNegotiation):
    """An address that ends in `.csv` answers CSV, whatever the Accept header says."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def csv_response(
    request: Request, filename: str, chunks: Iterator[str] | CsvExport, headers: dict[str, str]
) -> HttpResponseBase:
    """A streamed file; only its headers where the request asks for no more."""
    headers |= {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "private, no-store",
    }
    kind = "text/csv; charset=utf-8; header=present"
    if request.method == "HEAD":
        if isinstance(chunks, CsvExport):
            chunks.close()
        return HttpResponse(content_type=kind, headers=headers)
    return StreamingHttpResponse(chunks, content_type=kind, headers=headers)
