"""CSV as an answer: when it is compressed, and when its SHA-256 can be told. See docs/adr/."""

import re
import zlib
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from reports.actions.exports import CsvExport

SMALL_BYTES, SMALL_ROWS = 1 << 20, 10_000
"""Up to here a file is made before its answer begins, and the answer has its length and digest.
Of more rows the header leaves at once: the database may need seconds to put them in order."""
KIND = "text/csv; charset=utf-8; header=present"
_TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)
_WANTS_SHA256 = re.compile(r"\bsha-256\b(?!\s*=\s*0\s*(,|$))", re.IGNORECASE)


class AddressDecides(DefaultContentNegotiation):
    """An address that ends in `.csv` or `.xml` answers that, whatever the Accept header says."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class _Body:
    """Pieces of a file; closing frees what they come from, whether or not reading has begun."""

    def __init__(self, pieces: Iterator[bytes], chunks: Iterator[str] | CsvExport) -> None:
        self._pieces, self._chunks = pieces, chunks

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        if isinstance(self._chunks, CsvExport):
            self._chunks.close()


def file_response(
    request: Request,
    filename: str,
    chunks: Iterator[str] | CsvExport,
    headers: dict[str, str],
    *,
    mark: str = "",
    kind: str = KIND,
) -> HttpResponseBase:
    """A file; only its headers where the request asks for no more."""
    headers |= {
        "Content-Disposition": f'attachment; filename="{filename}"',
        "Cache-Control": "private, no-store",
    }
    if mark:
        headers["ETag"] = f'"{mark}"'
    response: HttpResponseBase
    if request.method == "HEAD":
        _Body(iter(()), chunks).close()
        response = HttpResponse(headers=headers)
    elif _WANTS_SHA256.search(request.headers.get("Want-Content-Digest", "")):
        response = _spooled(chunks, headers)
    else:
        packs = bool(_TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")))
        response = _streamed(chunks, headers, packs=packs)
    response["Content-Type"] = kind
    patch_vary_headers(response, ["Accept-Encoding", "Want-Content-Digest"])
    return response


def not_modified(request: Request, mark: str) -> HttpResponse | None:
    """304 where `If-None-Match` names the mark, as it was sent compressed or not."""
    asked = re.findall(r'"([^"]*)"', request.headers.get("If-None-Match", ""))
    if mark not in {tag.removesuffix("-gzip") for tag in asked}:
        return None
    return HttpResponse(status=304, headers={"ETag": f'"{mark}"'})


def _streamed(
    chunks: Iterator[str] | CsvExport, headers: dict[str, str], *, packs: bool
) -> HttpResponseBase:
    pieces: Iterator[bytes] = (chunk.encode() for chunk in chunks)
    start = bytearray()
    is_long = isinstance(chunks, CsvExport) and chunks.row_count > SMALL_ROWS
    for piece in pieces:
        start += piece
        if is_long or len(start) > SMALL_BYTES:
            break
    else:
        headers |= {"Content-Length": str(len(start)), "Content-Digest": _digest(sha256(start))}
        return StreamingHttpResponse([bytes(start)], headers=headers)
    pieces = chain([bytes(start)], pieces)
    if packs:
        pieces = _gzipped(pieces)
        headers["Content-Encoding"] = "gzip"
        if "ETag" in headers:
            headers["ETag"] = headers["ETag"][:-1] + '-gzip"'
    return StreamingHttpResponse(_Body(pieces, chunks), headers=headers)


def _spooled(chunks: Iterator[str] | CsvExport, headers: dict[str, str]) -> HttpResponseBase:
    """Written to a temporary file first, because its digest goes ahead of it."""
    file, made = TemporaryFile(), sha256()  # noqa: SIM115 - the answer closes it
    try:
        for chunk in chunks:
            made.update(chunk.encode())
            file.write(chunk.encode())
    except BaseException:
        file.close()
        raise
    file.seek(0)
    headers["Content-Digest"] = _digest(made)
    return FileResponse(file, headers=headers)


def _gzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    # Level 1: the tables shrink to a sixth already, and the database is not kept waiting.
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _digest(made: Any) -> str:
    """By RFC 9530."""
    return f"sha-256=:{b64encode(made.digest()).decode()}:"
