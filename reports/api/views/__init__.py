"""The endpoints. Errors are documented once, here."""

from drf_spectacular.utils import OpenApiParameter

from reports.api.serializers import ProblemSerializer
from reports.queries.tables import all_tables

PROBLEM = "application/problem+json"


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """For `extend_schema`: these errors, and the 401 that every endpoint has."""
    return {(status, PROBLEM): ProblemSerializer for status in sorted({401, *statuses})}


SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="Short name of the trial.")
NAME = OpenApiParameter(
    "name",
    str,
    OpenApiParameter.PATH,
    description="Name of the table.",
    enum=[table.name for table in all_tables()],
)
FILTERS = [
    OpenApiParameter(
        "site", str, many=True, description="Code of a site. Give it again for more sites."
    ),
    OpenApiParameter(
        "patient",
        str,
        many=True,
        description="Patient number or screening number. Give it again for more patients.",
    ),
]
