"""The endpoints. Errors are documented once, here."""

from drf_spectacular.utils import OpenApiParameter

from reports.api.serializers import ProblemSerializer
from reports.queries.tables import all_tables

PROBLEM = "application/problem+json"


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """For `extend_schema`: these errors, and those that every endpoint has."""
    every = {401, 405, 406, 429, 500, 503, *statuses}
    return {(status, PROBLEM): ProblemSerializer for status in sorted(every)}


SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="Short name of the trial.")
NAME = OpenApiParameter(
    "name",
    str,
    OpenApiParameter.PATH,
    description="Name of the table.",
    enum=[table.name for table in all_tables()],
)
CUT = OpenApiParameter(
    "cut", int, description="Number of a data cut: the table as it was then, byte for byte."
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
    OpenApiParameter(
        "visit",
        str,
        many=True,
        description="Key of a visit, such as C1D1. Give it again for more visits.",
    ),
]
SINCE = OpenApiParameter(
    "since",
    int,
    description="An audit number, as `X-Audit-Number` of an earlier answer: only what changed"
    " after it, with `_change` as the first column.",
)
