"""Protocol deviations of a trial: what was recorded, and what the schedule shows besides."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from core.queries.filters import AddressFilters
from enrollment.models import ProtocolDeviation, Visit

Category = ProtocolDeviation.Category

_OUTSIDE = Q(actual_date__lt=F("window_opens")) | Q(actual_date__gt=F("window_closes"))
_MISSED = Q(outcome=Visit.Outcome.MISSED)


def deviating_visits(visits: QuerySet[Any]) -> list[Visit]:
    """Visits that were missed or held outside their window and have no deviation for it yet; each
    with `category`. One query.
    """
    category = Case(When(_MISSED, then=Value("missed-visit")), default=Value("visit-window"))
    recorded = ProtocolDeviation.objects.filter(
        patient=OuterRef("patient"), visit_key=OuterRef("key"), category=OuterRef("category")
    )
    found = visits.filter(_MISSED | _OUTSIDE).annotate(category=category)
    return list(
        found.filter(~Exists(recorded))
        .select_related("patient__site")
        .order_by("-target_date", "-pk")
    )


@dataclass(frozen=True)
class Filters(AddressFilters):
    site: str = ""
    category: str = ""
    importance: str = ""
    show: str = ""
    """`ethics`: still to be reported to the ethics committee; `draft`: not complete."""

    def take(self, deviations: QuerySet[Any]) -> QuerySet[Any]:
        if self.site:
            deviations = deviations.filter(patient__site__code=self.site)
        if self.category in Category.values:
            deviations = deviations.filter(category=self.category)
        if self.importance in ProtocolDeviation.Importance.values:
            deviations = deviations.filter(importance=self.importance)
        if self.show == "ethics":
            to_report = Q(needs_ethics_report="Y", ethics_reported_on__isnull=True)
            deviations = deviations.filter(to_report)
        if self.show == "draft":
            deviations = deviations.filter(state="draft")
        return deviations


def recorded_deviations(deviations: QuerySet[Any]) -> QuerySet[Any]:
    return deviations.select_related("patient__site").order_by("-happened_on", "-pk")


COLUMNS = (
    "patient",
    "site",
    "row_number",
    "state",
    "category",
    "importance",
    "visit_key",
    "happened_on",
    "description",
    "cause",
    "action",
    "needs_ethics_report",
    "ethics_reported_on",
)


def deviation_rows(deviations: Iterable[ProtocolDeviation]) -> Iterator[list[object]]:
    for item in deviations:
        answers = (getattr(item, name) for name in COLUMNS[2:])
        yield [str(item.patient), item.patient.site.code, *answers]
