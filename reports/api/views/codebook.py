"""The codebook of a trial, as JSON and as CSV."""

from dataclasses import asdict
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.views import EnglishAPIView
from core.models import ApiToken, Trial
from enrollment.models import TrialVersion
from reports.api import scope
from reports.api.redcap.instruments import instruments_in
from reports.api.redcap.metadata import FILE_HEADER, data_dictionary
from reports.api.responses import AddressDecides, file_response
from reports.api.serializers import CodebookEntrySerializer
from reports.api.views import SLUG, problems
from reports.queries.tables import tables_seen_in
from reports.queries.tables.codebook import HEADER, Entry, as_cells, codebook
from reports.queries.tables.text import csv_chunks


class Codebook(EnglishAPIView):
    """What each column of each table means."""

    name = "Codebook"

    @extend_schema(
        operation_id="codebook",
        parameters=[SLUG],
        responses={200: CodebookEntrySerializer(many=True), **problems(403, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        entries = _entries(scope.exporting_trial(request, slug))
        return Response(
            CodebookEntrySerializer([_as_json(entry) for entry in entries], many=True).data
        )


class CodebookCsv(EnglishAPIView):
    """The same as CSV: codes are written `code=label | code=label`."""

    content_negotiation_class = AddressDecides
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="codebook_csv",
        parameters=[SLUG],
        responses={(200, "text/csv"): OpenApiTypes.STR, **problems(403, 404)},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        trial = scope.exporting_trial(request, slug)
        entries = _entries(trial)
        chunks = csv_chunks(HEADER, [as_cells(entry) for entry in entries])
        headers = {"X-Row-Count": str(len(entries))}
        return file_response(request, f"{trial.slug}-codebook.csv", chunks, headers)


class DataDictionaryCsv(EnglishAPIView):
    """The fields in the columns of REDCap's data dictionary, as its designer takes them."""

    content_negotiation_class = AddressDecides
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="data_dictionary_csv",
        parameters=[SLUG],
        responses={(200, "text/csv"): OpenApiTypes.STR, **problems(403, 404)},
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        trial = scope.exporting_trial(request, slug)
        token = request.auth if isinstance(request.auth, ApiToken) else None
        instruments = instruments_in(trial, reads=lambda name: token is None or token.reads(name))
        lines = data_dictionary(instruments)
        headers = {"X-Row-Count": str(len(lines))}
        chunks = csv_chunks(FILE_HEADER, lines)
        return file_response(request, f"{trial.slug}-data-dictionary.csv", chunks, headers)


def _entries(trial: Trial) -> list[Entry]:
    """All at once, while the translation into English is in force."""
    version = TrialVersion.objects.filter(trial=trial).order_by("-number").first()
    tables = tables_seen_in(trial)
    return list(codebook(tables, version.definition if version is not None else None))


def _as_json(entry: Entry) -> dict[str, Any]:
    coded = {
        name: [{"code": code, "label": label} for code, label in getattr(entry, name)]
        for name in ("codes", "missing_codes")
    }
    return asdict(entry) | coded
