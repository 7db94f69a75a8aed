from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from reports.charts.style import ACCENT, TARGET, Figure, axis, layout

HOURS = 24


def hours_figure(by_hour: Mapping[int, int]) -> Figure:
    """Entries and changes by the hour of the day; those of the night in another color."""
    begin, end = settings.AUDIT_NIGHT_HOURS
    night = {
        hour
        for hour in range(HOURS)
        if (hour >= begin or hour < end if begin > end else begin <= hour < end)
    }
    return {
        "data": [
            {
                "type": "bar",
                "x": list(range(HOURS)),
                "y": [by_hour.get(hour, 0) for hour in range(HOURS)],
                "marker": {"color": [TARGET if hour in night else ACCENT for hour in range(HOURS)]},
                "hovertemplate": "%{y}<extra></extra>",
            }
        ],
        "layout": layout(
            xaxis=axis(_("Hour of the day"), dtick=2),
            yaxis=axis(_("Entries"), rangemode="tozero"),
        ),
    }
