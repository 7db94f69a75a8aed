"""The sites of a trial: which are open for entry, since when and on whose approval."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from core.models import Site, SiteOpening


@dataclass(frozen=True)
class SiteLine:
    site: Site
    history: tuple[SiteOpening, ...]
    """Newest first."""

    @property
    def newest(self) -> SiteOpening | None:
        return self.history[0] if self.history else None

    @property
    def is_open(self) -> bool:
        return self.newest is not None and self.newest.kind == SiteOpening.Kind.OPEN


def site_lines(sites: QuerySet[Site]) -> list[SiteLine]:
    """Two queries, however many sites."""
    openings = SiteOpening.objects.select_related("recorded_by").order_by("-pk")
    return [
        SiteLine(site, tuple(site.openings.all()))
        for site in sites.order_by("code").prefetch_related(Prefetch("openings", openings))
    ]
