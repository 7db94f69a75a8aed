"""The limits of normal that hold for samples, all of a few sites read at once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from core.calc.partial_date import PartialDate
from outcomes.calc.normal_limits import NormalRange, range_for
from outcomes.models.limits import NormalLimits


class LimitsOfNormal:
    """Read once, asked for many samples; none of them costs a query."""

    def __init__(self, site_ids: Iterable[int]) -> None:
        self._ranges: dict[tuple[int, str], list[NormalRange]] = defaultdict(list)
        known = NormalLimits.objects.filter(site__in=list(site_ids), withdrawn_at=None)
        for row in known.order_by("pk"):
            self._ranges[row.site_id, row.test].append(row.as_range)

    def for_sample(
        self, test: str, *, site_id: int, sex: str, born_on: PartialDate | None, day: date
    ) -> NormalRange | None:
        """None where the site has no limits for the test, the person and the day."""
        ranges = self._ranges.get((site_id, test))
        if not ranges or born_on is None:
            return None
        born = (born_on.first_day, born_on.last_day)
        return range_for(ranges, sex=sex, born=born, day=day)
