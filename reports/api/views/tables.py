"""The tables of a trial: which there are, their rows as JSON pages, and their rows as CSV."""

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.pagination import PageNumberPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from core.api.views import EnglishAPIView
from reports.actions.exports import check_can_export, current_mark, export_csv, note_export
from reports.api import examples, scope
from reports.api.responses import AddressDecides, file_response, not_modified
from reports.api.schema import PAGE_OF_ROWS
from reports.api.serializers import TableSerializer
from reports.api.views import CUT, FILTERS, NAME, SINCE, SLUG, problems
from reports.queries.tables import Scope, Table, tables_for
from reports.queries.tables.rows import rows_of


class TableList(EnglishAPIView):
    """Every table with its columns and the number of rows that you would get: a dry run."""

    name = "Tables"
    parameters = scope.FILTERS

    @extend_schema(
        operation_id="tables",
        parameters=[SLUG, *FILTERS],
        responses={200: TableSerializer(many=True), **problems(400, 403, 404)},
    )
    def get(self, request: Request, slug: str) -> Response:
        trial = scope.exporting_trial(request, slug)
        asked = scope.filters_of(request, trial)
        seen = [table for table in tables_for(asked) if scope.token_reads(request, table)]
        tables = [_described(table, asked, request) for table in seen]
        return Response(TableSerializer(tables, many=True).data)


class TableDetail(EnglishAPIView):
    """The rows of a table in pages. For whole tables take the CSV."""

    name = "Rows of a table"

    parameters = scope.FILTERS | {"page"}

    @extend_schema(
        operation_id="table_rows",
        parameters=[SLUG, NAME, *FILTERS, OpenApiParameter("page", int)],
        examples=examples.TABLE_PAGE,
        responses={
            200: OpenApiResponse(PAGE_OF_ROWS, "A page of rows."),
            **problems(400, 403, 404),
        },
    )
    def get(self, request: Request, slug: str, name: str) -> Response:
        trial = scope.exporting_trial(request, slug)
        table = scope.table_or_404(request, trial, name)
        asked = scope.scope_of(request, trial, table)
        check_can_export(table, asked)
        # The page in the browser finds its links to the other pages here.
        self.paginator = PageNumberPagination()
        page: Any = self.paginator.paginate_queryset(rows_of(table, asked), request, self)  # type: ignore[arg-type]
        note_export(table, asked, rows=len(page), form="json")
        return self.paginator.get_paginated_response(
            [dict(zip(table.column_names, row, strict=True)) for row in page]
        )


class TableCsv(EnglishAPIView):
    """The whole table, streamed. All rows show the same moment of the database."""

    parameters = scope.FILTERS | {"cut", "since"}
    content_negotiation_class = AddressDecides
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="table_csv",
        parameters=[SLUG, NAME, *FILTERS, CUT, SINCE],
        examples=examples.TABLE_CSV,
        responses={
            (200, "text/csv"): OpenApiResponse(
                OpenApiTypes.STR,
                "RFC 4180, UTF-8, with a header. `X-Row-Count` has the number of rows,"
                " `X-Audit-Number` the number to ask `since` next time; for a derived table"
                " `X-Snapshot` and `X-Cut` name the data cut.",
            ),
            304: OpenApiResponse(None, "`If-None-Match` named what the table still holds."),
            **problems(400, 403, 404),
        },
    )
    def get(self, request: Request, slug: str, name: str) -> HttpResponseBase:
        trial = scope.exporting_trial(request, slug)
        table = scope.table_or_404(request, trial, name)
        asked = scope.scope_of(request, trial, table)
        cut, since = scope.cut_of(request, trial), scope.since_of(request)
        check_can_export(table, asked)
        if cut is None and "If-None-Match" in request.headers:
            same = not_modified(request, current_mark(table, asked, since=since))
            if same is not None:
                return same
        export = export_csv(table, asked, cut=cut, since=since)
        headers = {"X-Row-Count": str(export.row_count)}
        if export.audit_number:
            headers["X-Audit-Number"] = str(export.audit_number)
        if export.snapshot is not None:
            headers["X-Snapshot"] = str(export.snapshot.pk)
            headers["X-Cut"] = export.snapshot.cut_on.isoformat()
        return file_response(
            request, f"{trial.slug}-{table.name}.csv", export, headers, mark=export.mark
        )


def _count(table: Table, asked: Scope) -> int | None:
    if not asked.covers(table) or scope.misfit_of(table, asked):
        return None
    return rows_of(table, asked).count()


def _described(table: Table, of: Scope, request: Request) -> dict[str, Any]:
    place = [of.trial.slug, table.name]
    return {
        "name": table.name,
        "title": str(table.title),
        "kind": table.kind.value,
        "rows": _count(table, of),
        "columns": [
            {"name": item.name, "type": item.type.value, "label": str(item.label)}
            for item in table.columns
        ],
        "url": reverse("api:table-detail", args=place, request=request),
        "csv": reverse("api:table-csv", args=place, request=request),
    }
