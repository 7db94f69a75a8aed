"""The trial as one ODM-XML document."""

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from core.api.views import EnglishAPIView
from reports.actions.exports import export_odm
from reports.api import scope
from reports.api.responses import AddressDecides, file_response
from reports.api.views import FILTERS, SLUG, problems
from reports.queries.tables import tables_for

KIND = "application/xml; charset=utf-8"
ODM_FILTERS = [each for each in FILTERS if each.name != "visit"]


class OdmXml(EnglishAPIView):
    """Metadata and data, with audit records and signatures, as ODM-XML 1.3.2; streamed."""

    parameters = scope.FILTERS - {"visit"}
    content_negotiation_class = AddressDecides
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="odm",
        parameters=[SLUG, *ODM_FILTERS],
        responses={
            (200, "application/xml"): OpenApiResponse(
                OpenApiTypes.STR,
                "Forms and what belongs to patients and visits. `X-Row-Count` has the number of"
                " patients, `X-Audit-Number` the last entry of the trail that is in it.",
            ),
            **problems(400, 403, 404),
        },
    )
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        trial = scope.exporting_trial(request, slug)
        asked = scope.filters_of(request, trial)
        tables = [each for each in tables_for(asked) if scope.token_reads(request, each)]
        export = export_odm(tables, asked)
        headers = {
            "X-Row-Count": str(export.row_count),
            "X-Audit-Number": str(export.audit_number),
        }
        return file_response(request, f"{slug}-odm.xml", export, headers, kind=KIND)
